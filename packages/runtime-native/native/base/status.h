// A failure with a sentence for people. Nothing here allocates or throws.
#pragma once
#include <cstdarg>
#include <cstdio>

namespace weightfold {

struct Status {
  char message[320] = {0};

  // Writes the message and returns false, so that a check reads `return status->Fail(...)`.
  __attribute__((format(printf, 2, 3))) bool Fail(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    return false;
  }
};

}  // namespace weightfold
