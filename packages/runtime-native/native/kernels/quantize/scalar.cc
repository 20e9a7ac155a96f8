#include <math.h>  // roundf; <cmath> would bring inline functions

#include "base/numbers.h"
#include "kernels/quantize/quantize.h"

namespace weightfold {
namespace {

template <typename Code>
void ToCodes(const QuantizeParameters& p, const float* input, Code* output, size_t count) {
  constexpr int32_t kMin = sizeof(Code) == 1 ? INT8_MIN : INT16_MIN, kMax = -kMin - 1;
  constexpr float kLimit =
      1 << 30;  // far beyond the codes, and no zero point of theirs carries it past int32
  for (size_t i = 0; i < count; ++i) {
    float steps = roundf(input[i] / p.scale);
    if (!(steps > -kLimit)) steps = -kLimit;  // NaN, too
    if (steps > kLimit) steps = kLimit;
    output[i] = static_cast<Code>(ClampInt(static_cast<int32_t>(steps) + p.zero_point, kMin, kMax));
  }
}

template <typename Code>
void ToReals(const QuantizeParameters& p, const Code* input, float* output, size_t count) {
  for (size_t i = 0; i < count; ++i) output[i] = p.scale * static_cast<float>(input[i] - p.zero_point);
}

}  // namespace

void Quantize(const QuantizeParameters& p, const float* input, int8_t* output, size_t count) {
  ToCodes(p, input, output, count);
}

void Quantize(const QuantizeParameters& p, const float* input, int16_t* output, size_t count) {
  ToCodes(p, input, output, count);
}

void Dequantize(const QuantizeParameters& p, const int8_t* input, float* output, size_t count) {
  ToReals(p, input, output, count);
}

void Dequantize(const QuantizeParameters& p, const int16_t* input, float* output, size_t count) {
  ToReals(p, input, output, count);
}

}  // namespace weightfold
