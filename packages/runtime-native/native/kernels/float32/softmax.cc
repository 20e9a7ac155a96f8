#include <float.h>
#include <math.h>  // <cmath> would bring inline functions

#include "kernels/float32/float32.h"

namespace weightfold {

void SoftmaxFloat(int32_t depth, float beta, const float* input, float* output, int32_t begin, int32_t end) {
  for (int32_t row = begin; row < end; ++row) {
    const size_t first = static_cast<size_t>(row) * depth;
    const float* x = input + first;
    float* y = output + first;
    float largest = -FLT_MAX;
    for (int32_t i = 0; i < depth; ++i) largest = largest < x[i] ? x[i] : largest;
    float sum = 0.0f;
    for (int32_t i = 0; i < depth; ++i) {
      y[i] = expf((x[i] - largest) * beta);
      sum += y[i];
    }
    for (int32_t i = 0; i < depth; ++i) y[i] = y[i] / sum;
  }
}

}  // namespace weightfold
