#include "base/fixed_point.h"
#include "kernels/softmax/softmax.h"

namespace weightfold {
namespace {

constexpr int32_t kSumIntegerBits = 12;

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
