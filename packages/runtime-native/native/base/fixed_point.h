// Functions in gemmlowp's fixed point: a number with i integer bits is raw × 2^(i − 31), and a product is
// DoublingHighMultiply of two raws, with the sum of their integer bits. gemmlowp/fixedpoint/fixedpoint.h and
// tflite/kernels/internal/common.h describe the methods.
#pragma once
#include "base/requantize.h"

namespace weightfold {

// x × 2^exponent, saturating.
static inline int32_t ShiftLeftSaturating(int32_t x, int32_t exponent) {
  const int64_t wide = static_cast<int64_t>(x) * (1ll << exponent);
  return wide > INT32_MAX ? INT32_MAX : wide < INT32_MIN ? INT32_MIN : static_cast<int32_t>(wide);
}

// (a + b) / 2, half away from zero.
static inline int32_t RoundingHalfSum(int32_t a, int32_t b) {
  const int64_t sum = static_cast<int64_t>(a) + b;
  return static_cast<int32_t>((sum + (sum >= 0 ? 1 : -1)) / 2);
}

// exp(a) for a in [−1/4, 0), Q0.31 to Q0.31: a Taylor expansion around −1/8.
static inline int32_t ExpSmall(int32_t a) {
  const int32_t exp_of_minus_eighth = 1895147668, third = 715827883;
  const int32_t x = a + (1 << 28);
  const int32_t x2 = DoublingHighMultiply(x, x), x3 = DoublingHighMultiply(x2, x),
                x4 = DoublingHighMultiply(x2, x2);
  const int32_t x4_over_4 = RoundingDivideByPowerOfTwo(x4, 2);
  const int32_t inner = DoublingHighMultiply(x4_over_4 + x3, third) + x2;
  const int32_t series = RoundingDivideByPowerOfTwo(inner, 1);
  return exp_of_minus_eighth + DoublingHighMultiply(exp_of_minus_eighth, x + series);
}

// exp(a) for a ≤ 0 with 5 integer bits, to Q0.31: one multiplication per bit of the whole quarters.
static inline int32_t ExpOnNegative(int32_t a) {
  if (a == 0) return INT32_MAX;
  const int32_t integer_bits = 5, fraction_bits = 31 - integer_bits, quarter = 1 << (fraction_bits - 2);
  const int32_t remainder = (a & (quarter - 1)) - quarter;
  int32_t result = ExpSmall(ShiftLeftSaturating(remainder, integer_bits));
  const int32_t whole = remainder - a;  // a multiple of 1/4
  // exp(−2^k) for k = −2 to 4, Q0.31.
  const int32_t factors[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
  for (int32_t k = -2; k <= 4; ++k) {
    if (whole & (1 << (fraction_bits + k))) result = DoublingHighMultiply(result, factors[k + 2]);
  }
  return result;
}

// 1 / (1 + a) for a in [0, 1), Q0.31: three Newton–Raphson steps from 48/17 − 32/17 × (1 + a)/2.
static inline int32_t ReciprocalOfOnePlus(int32_t a) {
  const int32_t half_denominator = RoundingHalfSum(a, INT32_MAX);
  const int32_t c48_over_17 = 1515870810, minus_32_over_17 = -1010580540, one_q2 = 1 << 29;
  int32_t x = c48_over_17 + DoublingHighMultiply(half_denominator, minus_32_over_17);
  for (int i = 0; i < 3; ++i) {
    const int32_t error = one_q2 - DoublingHighMultiply(half_denominator, x);
    x += ShiftLeftSaturating(DoublingHighMultiply(x, error), 2);
  }
  return ShiftLeftSaturating(x, 1);
}

// ln(x) with 5 integer bits, for x ≥ 1 with 12. With x = r × 2^n, r about 2^(−1/4): n × ln 2 + ln r, and ln r
// from a quotient of polynomials in r − 2^(−1/4).
static inline int32_t LogOfAtLeastOne(int32_t x) {
  const int32_t log_2 = 1488522236, sqrt_half = 1518500250, sqrt_sqrt_half = 1805811301;
  const int32_t alpha_n = 117049297, alpha_d = 127690142, alpha_i = 1057819769, alpha_f = 638450708;
  const int32_t input_bits = 12, sum_bits = 6, quarter = 1 << (29 - sum_bits);
  const int32_t zeros_a = __builtin_clz(static_cast<uint32_t>(x));
  const int32_t zeros_b = __builtin_clz(static_cast<uint32_t>(DoublingHighMultiply(x, sqrt_half))) - 1;
  const int32_t scaled_a = DoublingHighMultiply(ShiftLeftSaturating(x, zeros_a - 1), sqrt_half);
  const int32_t r = MinInt(ShiftLeftSaturating(scaled_a, 1), ShiftLeftSaturating(x, zeros_b));
  const int32_t power = MaxInt(ShiftLeftSaturating(input_bits - zeros_a, 31 - sum_bits) + quarter,
                               ShiftLeftSaturating(input_bits - zeros_b, 31 - sum_bits) - quarter);
  const int32_t p = RoundingHalfSum(r, sqrt_sqrt_half), q = 2 * (r - sqrt_sqrt_half);
  const int32_t square = DoublingHighMultiply(q, q);
  const int32_t numerator =
      DoublingHighMultiply(q, r) + DoublingHighMultiply(DoublingHighMultiply(q, square), alpha_n);
  const int32_t denominator = DoublingHighMultiply(p, alpha_i + q + DoublingHighMultiply(alpha_d, square)) +
                              DoublingHighMultiply(alpha_f, q);
  const int32_t fraction =
      DoublingHighMultiply(RoundingDivideByPowerOfTwo(numerator, sum_bits), ReciprocalOfOnePlus(denominator));
  return ShiftLeftSaturating(DoublingHighMultiply(power, log_2) + fraction, 1);
}

// 1 / √x for x ≥ 0 as multiplier × 2^(shift − 31); 0 counts as 1. Five Newton–Raphson steps from 1.
static inline void InverseSquareRoot(int32_t x, int32_t* multiplier, int32_t* shift) {
  *multiplier = INT32_MAX;
  *shift = 0;
  if (x <= 1) return;
  int32_t right = 11;
  for (; x >= 1 << 29; x /= 4) ++right;
  const int32_t pairs = (__builtin_clz(static_cast<uint32_t>(x)) - 1) / 2 - 1;
  right -= pairs;
  const int32_t half = RoundingDivideByPowerOfTwo((x << (2 * pairs)) >> 1, 1);
  const int32_t three_halves = (1 << 28) + (1 << 27), half_sqrt_2 = 1518500250;
  int32_t root = 1 << 28;  // 3 integer bits
  for (int i = 0; i < 5; ++i) {
    const int32_t cube = ShiftLeftSaturating(DoublingHighMultiply(DoublingHighMultiply(root, root), root), 6);
    root =
        ShiftLeftSaturating(DoublingHighMultiply(three_halves, root) - DoublingHighMultiply(half, cube), 3);
  }
  *multiplier = DoublingHighMultiply(root, half_sqrt_2);
  if (right < 0) *multiplier <<= -right;
  *shift = right > 0 ? -right : 0;
}

}  // namespace weightfold
