// Classes of numbers: below 4 each its own, then two per power of two (spec.md, "Contexts").
#ifndef WEIGHTFOLD_CODECS_WEIGHTS_HALF_OCTAVE_H_
#define WEIGHTFOLD_CODECS_WEIGHTS_HALF_OCTAVE_H_

#include <cstdint>

namespace weightfold {
namespace {

inline uint32_t HalfOctave(uint32_t value) {
  if (value < 4) return value;
  const uint32_t octave = 31 - static_cast<uint32_t>(__builtin_clz(value));
  return 2 * octave + (value >> (octave - 1) & 1);
}

// Numbers below 8 each their own, then eight per power of two.
inline uint32_t EighthOctave(uint32_t value) {
  if (value < 8) return value;
  const uint32_t octave = 31 - static_cast<uint32_t>(__builtin_clz(value));
  return 8 * octave + (value >> (octave - 3) & 7);
}

}  // namespace
}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_WEIGHTS_HALF_OCTAVE_H_
