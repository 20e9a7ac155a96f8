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
  int32_t bias;
  int32_t zero_point;             // of the uint8 input
  int64_t sum = 0, positive = 0;  // of the weights, and of those above zero

  WEIGHTFOLD_INLINE AccumulatorRange(int32_t bias_, int32_t input_zero_point)
      : bias(bias_), zero_point(input_zero_point + 128) {}

  WEIGHTFOLD_INLINE void Add(int32_t w) {
    sum += w;
    positive += w > 0 ? w : 0;
  }
  // Codes that lie together, less their zero point. The inner loop is for the compiler to make vectors of: so
  // many differences fit into 32 bits.
  WEIGHTFOLD_INLINE void AddAll(const int8_t* codes, size_t count, int32_t weight_zero_point) {
    constexpr size_t kMost = size_t{1} << 20;
    for (size_t done = 0; done < count; done += kMost, codes += kMost) {
      const size_t some = count - done < kMost ? count - done : kMost;
      int32_t of_all = 0, above_zero = 0;
      for (size_t i = 0; i < some; ++i) {
        const int32_t w = codes[i] - weight_zero_point;
        of_all += w;
        above_zero += w > 0 ? w : 0;
      }
      sum += of_all;
      positive += above_zero;
    }
  }

  int32_t weight_sum() const { return static_cast<int32_t>(static_cast<uint32_t>(sum)); }
  // Of all partial sums: with inputs of up to 255 at every weight.
  double magnitude() const { return std::fabs(static_cast<double>(bias)) + 255.0 * (2 * positive - sum); }
  // Of the whole: inputs of 255 at weights above zero, of 0 at the others.
  double largest() const { return bias + 255.0 * positive - static_cast<double>(zero_point) * sum; }
};

constexpr double kLargestEstimate = 32000;  // output steps: 2^15 less what is added to it, roughly
constexpr double kLargestSum = 1073741824;

// The largest accumulator with an estimate: larger ones are past every code, their estimates past 32 bits.
WEIGHTFOLD_INLINE int32_t LimitOf(const AccumulatorRange& range, double scale) {
  if (!(range.largest() * scale > kLargestEstimate)) return INT32_MAX;
  const double limit = kLargestEstimate / scale;
  return limit < INT32_MAX ? static_cast<int32_t>(limit) : INT32_MAX;
}

WEIGHTFOLD_INLINE int32_t BiasOf(const int32_t* bias, int32_t channel) { return bias ? bias[channel] : 0; }

}  // namespace
}  // namespace weightfold
