// gemmlowp's fixed point: a number with i integer bits is raw × 2^(i − 31) (gemmlowp/fixedpoint/fixedpoint.h
// describes the method: a Taylor expansion around −1/8, then one multiplication per bit of the integer part).
#include "base/requantize.h"
#include "kernels/softmax/softmax.h"

namespace weightfold {
namespace {

constexpr int32_t kDifferenceIntegerBits = 5, kSumIntegerBits = 12;

// x × 2^exponent, saturating.
int32_t ShiftLeftSaturating(int32_t x, int32_t exponent) {
  const int64_t wide = static_cast<int64_t>(x) * (1ll << exponent);
  return wide > INT32_MAX ? INT32_MAX : wide < INT32_MIN ? INT32_MIN : static_cast<int32_t>(wide);
}

// exp(a) for a in [−1/4, 0), Q0.31 to Q0.31.
int32_t ExpSmall(int32_t a) {
  const int32_t exp_of_minus_eighth = 1895147668, third = 715827883;
  const int32_t x = a + (1 << 28);
  const int32_t x2 = DoublingHighMultiply(x, x), x3 = DoublingHighMultiply(x2, x),
                x4 = DoublingHighMultiply(x2, x2);
  const int32_t x4_over_4 = RoundingDivideByPowerOfTwo(x4, 2);
  const int32_t inner = DoublingHighMultiply(x4_over_4 + x3, third) + x2;
  const int32_t series = RoundingDivideByPowerOfTwo(inner, 1);
  return exp_of_minus_eighth + DoublingHighMultiply(exp_of_minus_eighth, x + series);
}

// exp(a) for a ≤ 0 with 5 integer bits, to Q0.31.
int32_t ExpOnNegative(int32_t a) {
  if (a == 0) return INT32_MAX;
  const int32_t fraction_bits = 31 - kDifferenceIntegerBits, quarter = 1 << (fraction_bits - 2);
  const int32_t remainder = (a & (quarter - 1)) - quarter;
  int32_t result = ExpSmall(ShiftLeftSaturating(remainder, kDifferenceIntegerBits));
  const int32_t whole = remainder - a;  // a multiple of 1/4
  // exp(−2^k) for k = −2 to 4, Q0.31.
  const int32_t factors[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
  for (int32_t k = -2; k <= 4; ++k) {
    if (whole & (1 << (fraction_bits + k))) result = DoublingHighMultiply(result, factors[k + 2]);
  }
  return result;
}

// 1 / (1 + a) for a in [0, 1), Q0.31: three Newton–Raphson steps from 48/17 − 32/17 × (1 + a)/2.
int32_t ReciprocalOfOnePlus(int32_t a) {
  const int64_t sum = static_cast<int64_t>(a) + INT32_MAX;
  const int32_t half_denominator = static_cast<int32_t>((sum + (sum >= 0 ? 1 : -1)) / 2);
  const int32_t c48_over_17 = 1515870810, minus_32_over_17 = -1010580540, one_q2 = 1 << 29;
  int32_t x = c48_over_17 + DoublingHighMultiply(half_denominator, minus_32_over_17);
  for (int i = 0; i < 3; ++i) {
    const int32_t error = one_q2 - DoublingHighMultiply(half_denominator, x);
    x += ShiftLeftSaturating(DoublingHighMultiply(x, error), 2);
  }
  return ShiftLeftSaturating(x, 1);
}

template <typename Out>
void SoftmaxRow(const SoftmaxShape& s, const int32_t table[256], const int8_t* x, Out* y) {
  constexpr int32_t kBits = 8 * sizeof(Out), kMin = -(1 << (kBits - 1)), kMax = -kMin - 1;
  int32_t largest = -128;
  for (int32_t i = 0; i < s.depth; ++i) largest = MaxInt(largest, x[i]);
  int32_t sum = 0;
  for (int32_t i = 0; i < s.depth; ++i) {
    sum = WrappingAdd(sum, RoundingDivideByPowerOfTwo(table[largest - x[i]], kSumIntegerBits));
  }
  const int32_t zeros = sum > 0 ? __builtin_clz(static_cast<uint32_t>(sum)) : 0;
  const uint32_t normalized = (static_cast<uint32_t>(sum) << zeros) - (1u << 31);
  const int32_t reciprocal = ReciprocalOfOnePlus(static_cast<int32_t>(normalized));
  const int32_t shift = MinInt(31, kSumIntegerBits - zeros + 31 - kBits);
  for (int32_t i = 0; i < s.depth; ++i) {
    if (x[i] - largest < s.min_difference) {
      y[i] = kMin;
      continue;
    }
    const int32_t scaled = DoublingHighMultiply(reciprocal, table[largest - x[i]]);
    y[i] = static_cast<Out>(ClampInt(RoundingDivideByPowerOfTwo(scaled, shift) + kMin, kMin, kMax));
  }
}

template <typename Out>
void SoftmaxRows(const SoftmaxShape& s, const int32_t table[256], const int8_t* input, Out* output) {
  for (int32_t row = 0; row < s.rows; ++row, input += s.depth, output += s.depth)
    SoftmaxRow(s, table, input, output);
}

}  // namespace

void MakeSoftmaxTable(const SoftmaxShape& s, int32_t table[256]) {
  for (int32_t difference = 0; difference > -256; --difference) {
    const int32_t shifted = static_cast<int32_t>(static_cast<uint32_t>(difference) << s.left_shift);
    const int32_t scaled = DoublingHighMultiply(shifted, s.multiplier);
    table[-difference] = difference < s.min_difference ? 0 : ExpOnNegative(scaled);
  }
}

void Softmax(const SoftmaxShape& s, const int32_t table[256], const int8_t* input, int8_t* output) {
  SoftmaxRows(s, table, input, output);
}

void Softmax(const SoftmaxShape& s, const int32_t table[256], const int8_t* input, int16_t* output) {
  SoftmaxRows(s, table, input, output);
}

}  // namespace weightfold
