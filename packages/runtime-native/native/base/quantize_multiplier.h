// Factors between scales as TFLite's integer multipliers. src/plan/multiplier.ts has the same rule in
// TypeScript.
#pragma once
#include <cmath>
#include <cstdint>

#include "base/requantize.h"

namespace weightfold {

// TFLite's QuantizeMultiplier (tflite/kernels/internal/quantization_util.cc) for a finite factor of at least
// 0: multiplier x 2^(shift - 31), multiplier in [2^30, 2^31) or 0; below 2^-32 it becomes zero.
static inline QuantizedScale QuantizeMultiplier(double factor) {
  int shift;
  const double fraction = std::frexp(factor, &shift);
  int64_t multiplier = std::llround(fraction * 2147483648.0);
  if (multiplier == 1ll << 31) {
    multiplier /= 2;
    ++shift;
  }
  if (shift < -31) return {0, 0};
  return {static_cast<int32_t>(multiplier), shift};
}

}  // namespace weightfold
