// Checks of factors that ops of 16-bit codes and recurrent ops share.
#pragma once
#include "kernels/sigmoid/sigmoid.h"
#include "plan/bind_units.h"

namespace weightfold {

constexpr int32_t kMaxShift = 30, kMaxWideShift = 14;

// A 64-bit sum of a bias and at most 2^24 products of 8- and 16-bit codes stays below 2^47, where
// MultiplyByQuantizedMultiplierWide is exact.
constexpr int64_t kMaxWideBias = 1ll << 46;
constexpr int64_t kMaxWideProducts = 1 << 24;

// A pair of parameters: multiplier, shift.
inline bool ReadScale(const BindContext& c, uint32_t first, int32_t max_shift, QuantizedScale* scale) {
  *scale = {c.Parameter(first), c.Parameter(first + 1)};
  return ExpectScale(c, first, max_shift);
}

// A pair of parameters: multiplier, right shift. Every scaled code, rounded, fits in 32 bits.
inline bool ReadSigmoidScale(const BindContext& c, uint32_t first, SigmoidScale* scale) {
  *scale = {c.Parameter(first), c.Parameter(first + 1)};
  if (!c.ExpectRange("multiplier", scale->multiplier, 0, INT16_MAX) ||
      !c.ExpectRange("right shift", scale->right_shift, 0, 31)) {
    return false;
  }
  const int64_t largest = (static_cast<int64_t>(scale->multiplier) << 15) + (1ll << scale->right_shift >> 1);
  return c.ExpectRange("largest scaled code", largest, 0, INT32_MAX);
}

inline bool ExpectSigmoidTable(const BindContext& c, uint32_t i) {
  return c.ExpectConstant(i, DataType::kInt16) &&
         c.ExpectEqual("entries of the table", Elements(c.Input(i)), kSigmoidEntries);
}

}  // namespace weightfold
