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
  int32_t multiplier, shift;                    // of input scale / output scale / (height × width)
};

struct MeanKernel {
  const char* name;
  uint32_t features;
  // TFLite Micro's rule: the sum is scaled with one double rounding. One image.
  void (*run)(const MeanShape&, const ConstImage& input, uint8_t* output);
};

const MeanKernel* const* MeanKernels(int* count);
const MeanKernel& SelectMean(uint32_t features);

}  // namespace weightfold
