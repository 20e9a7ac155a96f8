#include <math.h>  // copysignf; <cmath> would bring inline functions

#include "base/numbers.h"
#include "kernels/quantize/quantize.h"

namespace weightfold {
namespace {

template <typename Code>
void ToCodes(const QuantizeParameters& p, const float* input, Code* output, size_t count) {
  constexpr int32_t kMin = sizeof(Code) == 1 ? INT8_MIN : INT16_MIN, kMax = -kMin - 1;
  // The largest float below a half: added to a float below it, it gives less than one; added to a half, one.
  // So cutting the sum off rounds half away from zero, as roundf does, but in a loop that becomes vectors.
  constexpr float kHalf = 0.49999997f;
  const float scale = p.scale, low = static_cast<float>(kMin - p.zero_point),
              high = static_cast<float>(kMax - p.zero_point);
  const int32_t zero_point = p.zero_point;
  for (size_t i = 0; i < count; ++i) {
    float steps = input[i] / scale;
    steps = steps > low ? steps : low;  // NaN, too
    steps = steps < high ? steps : high;
    output[i] = static_cast<Code>(static_cast<int32_t>(steps + copysignf(kHalf, steps)) + zero_point);
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
