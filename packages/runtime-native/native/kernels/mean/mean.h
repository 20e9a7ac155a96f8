// Mean over height and width, int8, NHWC.
#pragma once
#include <cstddef>
#include <cstdint>

namespace weightfold {

struct MeanShape {
  int32_t batch, positions, channels;  // positions = height × width
  int32_t input_zero_point, output_zero_point;
  int32_t multiplier, shift;  // of input scale / output scale
};

// TFLite Micro's rule: the division by `positions` is folded into the multiplier before one double rounding.
void MeanSpatial(const MeanShape& shape, const int8_t* input, int8_t* output);

}  // namespace weightfold
