#include "kernels/transpose/transpose.h"

namespace weightfold {

void Transpose(const TransposeShape& s, const int8_t* input, int8_t* output) {
  for (int32_t i = 0; i < s.out[0]; ++i) {
    for (int32_t j = 0; j < s.out[1]; ++j) {
      for (int32_t k = 0; k < s.out[2]; ++k) {
        const int8_t* from = input + i * s.stride[0] + j * s.stride[1] + k * s.stride[2];
        for (int32_t c = 0; c < s.out[3]; ++c) *output++ = from[c * s.stride[3]];
      }
    }
  }
}

}  // namespace weightfold
