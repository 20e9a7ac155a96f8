#include "kernels/sigmoid/sigmoid.h"

namespace weightfold {
namespace {

int32_t ScaleCode(SigmoidScale s, int16_t code) {
  const int32_t half = s.right_shift > 0 ? 1 << (s.right_shift - 1) : 0;
  return (code * s.multiplier + half) >> s.right_shift;
}

// The logistic function of |x| with 16 + kBits fractional bits, where x has kBits of them between two
// entries; beyond the table, `limit`.
template <int kBits>
int32_t Interpolate(SigmoidTable table, int32_t x, int32_t limit) {
  const uint32_t magnitude = static_cast<uint32_t>(x < 0 ? -x : x);
  const uint32_t entry = magnitude >> kBits;
  if (entry >= kSigmoidEntries - 1) return limit;
  const int32_t low = table[entry], high = table[entry + 1];
  return (low << kBits) + static_cast<int32_t>(magnitude & ((1u << kBits) - 1)) * (high - low);
}

}  // namespace

int16_t Logistic(SigmoidTable table, SigmoidScale scale, int16_t code) {
  const int32_t x = ScaleCode(scale, code);
  const int32_t y = Interpolate<9>(table, x, 0x7FFF << 10);
  constexpr int32_t kOne = 1 << 25, kHalfStep = 1 << 9;
  return static_cast<int16_t>((x >= 0 ? y + kHalfStep : kOne - y + kHalfStep - 1) >> 10);
}

// tanh(x) = 2 × logistic(2x) − 1, so an entry stands for half as much as in Logistic.
int16_t Tanh(SigmoidTable table, SigmoidScale scale, int16_t code) {
  const int32_t x = ScaleCode(scale, code);
  const int32_t y = Interpolate<8>(table, x, 0xFFFF << 8);
  constexpr int32_t kHalf = 1 << 23, kHalfStep = 1 << 7;
  return static_cast<int16_t>((x >= 0 ? y - kHalf + kHalfStep : kHalf - y + kHalfStep - 1) >> 8);
}

}  // namespace weightfold
