// From a 32-bit accumulator to an 8-bit code: real scale = multiplier × 2^(shift − 31). See
// docs/design/rounding.md.
#pragma once
#include <cmath>
#include <cstdint>

#include "base/numbers.h"

namespace weightfold {

enum class Rounding : int32_t {
  kDouble = 0,  // gemmlowp: doubling high multiply, then divide by a power of two; TFLite Micro's and
                // CMSIS-NN's rule
  kSingle = 1,  // one rounding, half up: LiteRT's reference fully connected
  kFloat = 2,   // float scale, half to even: XNNPACK's rule
};

// gemmlowp's SaturatingRoundingDoublingHighMul: round(a × b / 2^31), half up.
static inline int32_t DoublingHighMultiply(int32_t a, int32_t b) {
  if (a == b && a == INT32_MIN) return INT32_MAX;
  return static_cast<int32_t>((static_cast<int64_t>(a) * b + (1ll << 30)) >> 31);
}

// gemmlowp's RoundingDivideByPOT: x / 2^exponent, half away from zero. exponent: 0 to 31.
static inline int32_t RoundingDivideByPowerOfTwo(int32_t x, int32_t exponent) {
  const int32_t mask = static_cast<int32_t>((1ll << exponent) - 1);
  const int32_t remainder = x & mask;
  const int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + (remainder > threshold ? 1 : 0);
}

// TFLite's MultiplyByQuantizedMultiplier with double rounding. shift: −31 to 30, positive shifts to the left.
static inline int32_t MultiplyByQuantizedMultiplier(int32_t x, int32_t multiplier, int32_t shift) {
  const int32_t left = shift > 0 ? shift : 0, right = shift > 0 ? 0 : -shift;
  const int32_t shifted = static_cast<int32_t>(static_cast<uint32_t>(x) << left);
  return RoundingDivideByPowerOfTwo(DoublingHighMultiply(shifted, multiplier), right);
}

// The same with a single rounding, half up.
static inline int64_t MultiplyByQuantizedMultiplierSingle(int32_t x, int32_t multiplier, int32_t shift) {
  const int32_t total = 31 - shift;
  return (static_cast<int64_t>(x) * multiplier + (1ll << (total - 1))) >> total;
}

// TFLite's rule for 64-bit accumulators: the multiplier rounded to 16 bits, then a single rounding, half up.
// |x| < 2^47; shift: −31 to 14.
static inline int32_t MultiplyByQuantizedMultiplierWide(int64_t x, int32_t multiplier, int32_t shift) {
  const int64_t reduced = multiplier < 0x7FFF0000 ? (multiplier + (1 << 15)) >> 16 : 0x7FFF;
  const int32_t total = 15 - shift;
  return static_cast<int32_t>((x * reduced + (1ll << (total - 1))) >> total);
}

// Divides a factor of means by `count`, before the one rounding that is left: the largest shift that keeps
// (multiplier << shift) / count in 32 bits and the total shift in range, as
// tflite/kernels/internal/reference/integer_ops/mean.h does. shift: −31 to 30.
static inline void FoldDivision(int32_t count, int32_t* multiplier, int32_t* shift) {
  const int32_t extra = MinInt(31 - __builtin_clz(static_cast<uint32_t>(count)), 31 + *shift);
  *multiplier = static_cast<int32_t>((static_cast<int64_t>(*multiplier) << extra) / count);
  *shift -= extra;
}

// One real factor for all channels.
struct QuantizedScale {
  int32_t multiplier, shift;
};

static inline int32_t Scale(int32_t x, QuantizedScale s) {
  return MultiplyByQuantizedMultiplier(x, s.multiplier, s.shift);
}
static inline int32_t Scale(int64_t x, QuantizedScale s) {
  return MultiplyByQuantizedMultiplierWide(x, s.multiplier, s.shift);
}

// How an op turns accumulators into outputs. Arrays hold one value per output channel.
struct Requantization {
  Rounding rounding;
  int32_t zero_point;  // of the code as int8
  int32_t min;         // range of the fused activation, as int8
  int32_t max;
  const int32_t* multiplier;
  const int32_t* shift;
  const float* scale;  // kFloat only
  uint8_t flip;        // base/image.h
};

// The byte to store.
static inline uint8_t Requantize(int32_t accumulator, int32_t channel, const Requantization& r) {
  if (r.rounding == Rounding::kFloat) {
    const float low = static_cast<float>(r.min - r.zero_point),
                high = static_cast<float>(r.max - r.zero_point);
    float scaled = static_cast<float>(accumulator) * r.scale[channel];
    scaled = scaled < low ? low : scaled > high ? high : scaled;
    return static_cast<uint8_t>(static_cast<int32_t>(std::nearbyintf(scaled)) + r.zero_point) ^ r.flip;
  }
  const int64_t scaled =
      r.rounding == Rounding::kDouble
          ? MultiplyByQuantizedMultiplier(accumulator, r.multiplier[channel], r.shift[channel])
          : MultiplyByQuantizedMultiplierSingle(accumulator, r.multiplier[channel], r.shift[channel]);
  const int64_t code = scaled + r.zero_point;
  return static_cast<uint8_t>(code < r.min ? r.min : code > r.max ? r.max : code) ^ r.flip;
}

}  // namespace weightfold
