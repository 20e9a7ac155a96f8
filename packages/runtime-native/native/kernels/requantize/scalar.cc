#include "base/requantize.h"
#include "kernels/requantize/requantize_op.h"

namespace weightfold {

void MakeRequantizeTable(const RequantizeParameters& p, int8_t table[256]) {
  for (int32_t code = -128; code < 128; ++code) {
    const int32_t scaled = MultiplyByQuantizedMultiplier(code - p.input_zero_point, p.multiplier, p.shift);
    table[code + 128] = static_cast<int8_t>(ClampInt(WrappingAdd(scaled, p.output_zero_point), p.min, p.max));
  }
}

void ApplyTable(const int8_t table[256], const int8_t* input, int8_t* output, size_t count) {
  for (size_t i = 0; i < count; ++i) output[i] = table[input[i] + 128];
}

}  // namespace weightfold
