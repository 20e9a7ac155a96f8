// Logistic and tanh of 16-bit codes: a table of the logistic function, with linear interpolation.
#pragma once
#include <cstddef>
#include <cstdint>

namespace weightfold {

constexpr int32_t kSigmoidEntries = 256;

// Entry i is the logistic function of i / 24 as a fraction of 2^16. Lowering makes it (src/lower/sigmoid.ts).
using SigmoidTable = const uint16_t*;

// Codes times the factor are multiples of 1 / (3 × 2^12), which divide the steps of the table evenly.
struct SigmoidScale {
  int32_t multiplier, right_shift;  // round(code × multiplier / 2^right_shift), half up
};

// Both give multiples of 2^-15, as TFLite's reference_integer_ops.
int16_t Logistic(SigmoidTable table, SigmoidScale scale, int16_t code);
int16_t Tanh(SigmoidTable table, SigmoidScale scale, int16_t code);

}  // namespace weightfold
