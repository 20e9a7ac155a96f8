// How codecs report what is wrong: code, byte offset in the container, sentence.
#ifndef WEIGHTFOLD_CODECS_COMMON_ERROR_H_
#define WEIGHTFOLD_CODECS_COMMON_ERROR_H_

#include <cstdarg>
#include <cstdio>

#include "../container.h"

namespace weightfold {

// Always returns false, so that `return Fail(...)` ends a decoder.
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
inline bool Fail(DecodeError* error, const char* code, uint64_t offset, const char* format, ...) {
  error->code = code;
  error->offset = offset;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(error->message, sizeof(error->message), format, arguments);
  va_end(arguments);
  return false;
}

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_COMMON_ERROR_H_
