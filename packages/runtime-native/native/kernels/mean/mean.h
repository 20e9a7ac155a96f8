// Mean over height and width of 8-bit codes, NHWC.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/image.h"

namespace weightfold {

struct MeanShape {
  int32_t height, width, channels;
  int32_t input_zero_point, output_zero_point;  // as int8
  uint8_t input_flip, output_flip;              // base/image.h
  int32_t multiplier, shift;                    // of input scale / output scale
};

// TFLite Micro's rule: the division by height × width is folded into the multiplier before one double
// rounding. One image.
void MeanSpatial(const MeanShape& shape, const ConstImage& input, uint8_t* output);

}  // namespace weightfold
