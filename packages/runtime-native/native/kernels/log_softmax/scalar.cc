#include "base/fixed_point.h"
#include "kernels/log_softmax/log_softmax.h"

namespace weightfold {
namespace {

constexpr int32_t kInputIntegerBits = 5, kSumIntegerBits = 12, kOutputIntegerBits = 4;

void LogSoftmaxRow(const LogSoftmaxShape& s, const LogSoftmaxTable& table, const int8_t* x, int8_t* y) {
  int32_t largest = INT8_MIN, sum = 0;
  for (int32_t i = 0; i < s.depth; ++i) largest = MaxInt(largest, x[i]);
  for (int32_t i = 0; i < s.depth; ++i) sum = WrappingAdd(sum, table.exponential[largest - x[i]]);
  const int32_t log_sum = LogOfAtLeastOne(sum);
  const int32_t lowest =
      MultiplyByQuantizedMultiplier(WrappingAdd(log_sum, INT32_MIN), s.reverse_multiplier, s.reverse_shift);
  const int32_t threshold = MaxInt(s.min_difference - 1, lowest);
  for (int32_t i = 0; i < s.depth; ++i) {
    const int32_t difference = x[i] - largest;
    const int32_t log = RoundingDivideByPowerOfTwo(WrappingAdd(table.difference[-difference], -log_sum),
                                                   31 - kInputIntegerBits - kOutputIntegerBits);
    y[i] =
        difference > threshold ? static_cast<int8_t>(ClampInt(log + INT8_MAX, INT8_MIN, INT8_MAX)) : INT8_MIN;
  }
}

}  // namespace

void MakeLogSoftmaxTable(const LogSoftmaxShape& s, LogSoftmaxTable* table) {
  for (int32_t difference = 0; difference > -256; --difference) {
    const bool counts = difference >= s.min_difference;
    const int32_t scaled = counts ? MultiplyByQuantizedMultiplier(difference, s.multiplier, s.left_shift) : 0;
    table->difference[-difference] = scaled;
    table->exponential[-difference] =
        counts ? RoundingDivideByPowerOfTwo(ExpOnNegative(scaled), kSumIntegerBits) : 0;
  }
}

void LogSoftmax(const LogSoftmaxShape& s, const LogSoftmaxTable& table, const int8_t* input, int8_t* output,
                int32_t begin, int32_t end) {
  for (int32_t row = begin; row < end; ++row) {
    const size_t at = static_cast<size_t>(row) * s.depth;
    LogSoftmaxRow(s, table, input + at, output + at);
  }
}

}  // namespace weightfold
