#include "kernels/l2_normalization/l2_normalization.h"

#include "base/fixed_point.h"

namespace weightfold {

void L2Normalization(const L2NormalizationShape& s, const int8_t* input, int8_t* output, int32_t begin,
                     int32_t end) {
  const int32_t output_bits = 7;
  for (int32_t row = begin; row < end; ++row) {
    const int8_t* x = input + static_cast<size_t>(row) * s.depth;
    int8_t* y = output + static_cast<size_t>(row) * s.depth;
    int32_t squares = 0, multiplier, shift;
    for (int32_t i = 0; i < s.depth; ++i) {
      squares += (x[i] - s.input_zero_point) * (x[i] - s.input_zero_point);
    }
    InverseSquareRoot(squares, &multiplier, &shift);
    for (int32_t i = 0; i < s.depth; ++i) {
      const int32_t scaled =
          MultiplyByQuantizedMultiplier(x[i] - s.input_zero_point, multiplier, shift + output_bits);
      y[i] = static_cast<int8_t>(ClampInt(scaled, INT8_MIN, INT8_MAX));
    }
  }
}

}  // namespace weightfold
