// Runs and times plans on a board without Node. docs/guide/boards.md describes the commands and what they
// print.
#include <cstdio>
#include <cstring>

#include "runner/arguments.h"
#include "runner/measure.h"
#include "runner/model.h"

namespace weightfold {
namespace {

int Fail(int code, const char* message) {
  std::fprintf(stderr, "weightfold-runner: %s\n", message);
  return code;
}

int Info() {
  int count;
  const Isa* isas = CompiledIsas(&count);
  std::printf("{\"isas\": [");
  bool first = true;
  for (int i = 0; i < count; ++i) {
    if ((isas[i].features & ~CpuFeatures()) != 0) continue;
    std::printf("%s\"%s\"", first ? "" : ", ", isas[i].name);
    first = false;
  }
  std::printf("]}\n");
  return 0;
}

#if defined(WEIGHTFOLD_MARKERS)
bool Mark(Model* model, const Arguments&, Status*) {
  model->MarkedInvoke();
  return true;
}
#endif

bool Run(Model* model, const Arguments& arguments, Status* status) {
  model->TimedInvoke();
  const bool to_stdout = arguments.output == nullptr;
  std::FILE* file = to_stdout ? stdout : std::fopen(arguments.output, "wb");
  const bool written = file != nullptr && model->WriteOutputs(file) && (to_stdout || std::fclose(file) == 0);
  return written || status->Fail("cannot write the outputs");
}

// What does something with a loaded model.
struct Command {
  const char* name;
  bool (*act)(Model* model, const Arguments& arguments, Status* status);
  // Whether it tells times.
  bool times;
};

constexpr Command kCommands[] = {
    {"run", Run, false},   {"bench", Bench, true}, {"profile", Profile, true}, {"soak", Soak, true},
#if defined(WEIGHTFOLD_MARKERS)
    {"mark", Mark, false},
#endif
};

#if defined(__aarch64__) || defined(__arm__)
// User-mode emulation shows the /proc/cpuinfo of the machine below it: only x86 has a vendor_id.
bool IsEmulated() {
  std::FILE* file = std::fopen("/proc/cpuinfo", "r");
  if (file == nullptr) return false;
  char line[256];
  bool found = false;
  while (!found && std::fgets(line, sizeof(line), file) != nullptr) {
    found = std::strncmp(line, "vendor_id", 9) == 0;
  }
  std::fclose(file);
  return found;
}
#else
bool IsEmulated() { return false; }
#endif

int Act(const Command& command, const Arguments& arguments) {
  Model model;
  Status status;
  if (command.times && IsEmulated())
    return Fail(1, "emulated, so its times are refused: /proc/cpuinfo is that of an x86 CPU");
  const bool ok = model.Load(arguments, &status) && command.act(&model, arguments, &status);
  return ok ? 0 : Fail(1, status.message);
}

}  // namespace
}  // namespace weightfold

int main(int count, char** words) {
  using namespace weightfold;
  Arguments arguments;
  const bool ok = ReadArguments(count, words, &arguments);
  if (ok && std::strcmp(arguments.command, "info") == 0) return Info();
  if (ok && arguments.plan != nullptr && arguments.input != nullptr) {
    for (const Command& command : kCommands) {
      if (std::strcmp(arguments.command, command.name) == 0) return Act(command, arguments);
    }
  }
  return Fail(2,
              "expected info, run --plan P --input X [--output Y],\n"
              "bench --plan P --input X [--rounds N] [--runs N] [--batch N] [--warm-ms N],\n"
              "profile --plan P --input X [--runs N],\n"
              "soak --plan P --input X [--ms N] [--windows N] [--batch N],\n"
              "or, with 64 bits, mark --plan P --input X; all with [--threads N] [--isa NAME]");
}
