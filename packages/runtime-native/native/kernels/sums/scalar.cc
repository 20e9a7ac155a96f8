#include "base/requantize.h"
#include "kernels/sums/sums.h"

namespace weightfold {
namespace {

int32_t Rescaled(const SumParameters& p, int8_t code) {
  return MultiplyByQuantizedMultiplier((code - p.zero_point) * (1 << p.left_shift), p.multiplier, p.shift);
}

int8_t ToOutput(const SumParameters& p, int32_t sum) {
  const int32_t scaled = MultiplyByQuantizedMultiplier(sum, p.output_multiplier, p.output_shift);
  return static_cast<int8_t>(ClampInt(WrappingAdd(scaled, p.output_zero_point), INT8_MIN, INT8_MAX));
}

}  // namespace

void AddN(const SumParameters& p, int32_t inputs, const int8_t* const* input, int8_t* output, int32_t begin,
          int32_t end) {
  for (int32_t i = begin; i < end; ++i) {
    int32_t sum = Rescaled(p, 0);
    for (int32_t j = 0; j < inputs; ++j) sum = WrappingAdd(sum, Rescaled(p, input[j][i]));
    output[i] = ToOutput(p, sum);
  }
}

void Cumsum(const SumParameters& p, const CumsumShape& s, const int8_t* input, int8_t* output, int32_t begin,
            int32_t end) {
  for (int32_t row = begin; row < end; ++row) {
    for (int32_t i = 0; i < s.inner; ++i) {
      const size_t start = static_cast<size_t>(row) * s.size * s.inner + i;
      int32_t sum = Rescaled(p, 0);
      for (int32_t step = 0; step < s.size; ++step) {
        const size_t at = start + static_cast<size_t>(s.reverse ? s.size - 1 - step : step) * s.inner;
        const int32_t with = WrappingAdd(sum, Rescaled(p, input[at]));
        output[at] = ToOutput(p, s.exclusive ? sum : with);
        sum = with;
      }
    }
  }
}

}  // namespace weightfold
