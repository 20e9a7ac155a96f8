// x / √(sum of x²) over the last dimension, int8 in and out (output scale 1/128, zero point 0).
#pragma once
#include <cstddef>
#include <cstdint>

namespace weightfold {

struct L2NormalizationShape {
  int32_t depth;
  int32_t input_zero_point;
};

// TFLite's integer rule; rows [begin, end).
void L2Normalization(const L2NormalizationShape& shape, const int8_t* input, int8_t* output, int32_t begin,
                     int32_t end);

}  // namespace weightfold
