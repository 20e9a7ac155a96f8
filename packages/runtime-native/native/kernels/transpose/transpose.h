// Permutation of up to four dimensions, 8-bit.
#pragma once
#include <cstddef>
#include <cstdint>

namespace weightfold {

struct TransposeShape {
  int32_t out[4];
  size_t stride[4];  // elements to step in the input per step along each output dimension
};

void Transpose(const TransposeShape& shape, const int8_t* input, int8_t* output);

}  // namespace weightfold
