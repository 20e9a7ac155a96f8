// What the x86 kernels with an estimate in 2^-16 of an output step have in common: bounds of the accumulators
// of a channel, and what follows for the estimate (docs/design/rounding.md). Everything here is local to the
// file that includes it: each instruction set compiles its own copy.
#pragma once
#include <cmath>
#include <cstdint>

#include "base/numbers.h"

#define WEIGHTFOLD_INLINE inline __attribute__((always_inline))

namespace weightfold {
namespace {

// Bounds of the accumulators of one channel of a layer.
struct AccumulatorRange {
  int32_t weight_sum = 0;
  double magnitude, largest;  // of all partial sums; of the whole
  int32_t zero_point;         // of the uint8 input

  WEIGHTFOLD_INLINE AccumulatorRange(int32_t bias, int32_t input_zero_point)
      : magnitude(std::fabs(static_cast<double>(bias))), largest(bias), zero_point(input_zero_point + 128) {}

  WEIGHTFOLD_INLINE void Add(int32_t w) {
    weight_sum = WrappingAdd(weight_sum, w);
    magnitude += 255.0 * (w < 0 ? -w : w);
    largest += static_cast<double>(w > 0 ? 255 - zero_point : -zero_point) * w;
  }
};

constexpr double kLargestEstimate = 32000;  // output steps: 2^15 less what is added to it, roughly
constexpr double kLargestSum = 1073741824;

WEIGHTFOLD_INLINE int32_t BiasOf(const int32_t* bias, int32_t channel) { return bias ? bias[channel] : 0; }

}  // namespace
}  // namespace weightfold
