#include "runner/arguments.h"

#include <cstdlib>
#include <cstring>

#include "threads/thread_pool.h"

namespace weightfold {
namespace {

constexpr uint64_t kMostCount = 100000000;

struct TextOption {
  const char* name;
  const char* Arguments::* value;
};

struct CountOption {
  const char* name;
  uint64_t Arguments::* value;
  uint64_t least, most;
};

constexpr TextOption kTexts[] = {
    {"--plan", &Arguments::plan},
    {"--input", &Arguments::input},
    {"--output", &Arguments::output},
    {"--isa", &Arguments::isa},
};

constexpr CountOption kCounts[] = {
    {"--threads", &Arguments::threads, 1, kMaxThreads}, {"--rounds", &Arguments::rounds, 1, kMostCount},
    {"--runs", &Arguments::runs, 1, kMostCount},        {"--batch", &Arguments::batch, 1, kMostCount},
    {"--warm-ms", &Arguments::warm_ms, 0, kMostCount},  {"--ms", &Arguments::ms, 1, kMostCount},
    {"--windows", &Arguments::windows, 1, 1000},
};

bool ReadCount(const char* text, const CountOption& option, uint64_t* value) {
  char* end;
  *value = std::strtoull(text, &end, 10);
  return *text >= '0' && *text <= '9' && *end == 0 && *value >= option.least && *value <= option.most;
}

bool ReadOption(const char* name, const char* text, Arguments* arguments) {
  for (const TextOption& option : kTexts) {
    if (std::strcmp(name, option.name) != 0) continue;
    arguments->*option.value = text;
    return true;
  }
  for (const CountOption& option : kCounts) {
    if (std::strcmp(name, option.name) == 0) return ReadCount(text, option, &(arguments->*option.value));
  }
  return false;
}

}  // namespace

bool ReadArguments(int count, char** words, Arguments* arguments) {
  if (count < 2 || count % 2 != 0) return false;
  arguments->command = words[1];
  for (int i = 2; i < count; i += 2) {
    if (!ReadOption(words[i], words[i + 1], arguments)) return false;
  }
  return true;
}

}  // namespace weightfold
