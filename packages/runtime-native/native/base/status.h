// A failure with a sentence for people. Nothing here allocates or throws.
#pragma once
#include <cstdarg>
#include <cstdint>
#include <cstdio>

namespace weightfold {

struct Status {
  static constexpr uint32_t kNoOp = 0xffffffffu;

  char message[320] = {0};
  uint32_t op = kNoOp;         // of the plan, when it is one op that is refused
  const char* hint = nullptr;  // what to do, where that is known

  // Writes the message and returns false, so that a check reads `return status->Fail(...)`.
  __attribute__((format(printf, 2, 3))) bool Fail(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    return false;
  }

  // The same, with what to do.
  __attribute__((format(printf, 3, 4))) bool FailWithHint(const char* remedy, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    hint = remedy;
    return false;
  }
};

}  // namespace weightfold
