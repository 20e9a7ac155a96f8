#include <math.h>  // roundf; <cmath> would bring inline functions

#include "base/numbers.h"
#include "kernels/quantize/quantize.h"

namespace weightfold {

void Quantize(const QuantizeParameters& p, const float* input, int8_t* output, size_t count) {
  constexpr float kLimit =
      1 << 30;  // far beyond the codes, and no zero point of theirs carries it past int32
  for (size_t i = 0; i < count; ++i) {
    float steps = roundf(input[i] / p.scale);
    if (!(steps > -kLimit)) steps = -kLimit;  // NaN, too
    if (steps > kLimit) steps = kLimit;
    output[i] = static_cast<int8_t>(ClampInt(static_cast<int32_t>(steps) + p.zero_point, -128, 127));
  }
}

void Dequantize(const QuantizeParameters& p, const int8_t* input, float* output, size_t count) {
  for (size_t i = 0; i < count; ++i) output[i] = p.scale * static_cast<float>(input[i] - p.zero_point);
}

}  // namespace weightfold
