// 2-D convolution of int16 codes with int8 weights [out_c][kernel_h][kernel_w][in_c / groups], NHWC.
// Depthwise and fully connected layers are special cases: a group for each channel, and one row of pixels.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/requantize.h"

namespace weightfold {

struct Conv16Shape {
  int32_t batch;
  int32_t in_h, in_w, in_c;
  int32_t out_h, out_w, out_c;
  int32_t kernel_h, kernel_w;
  int32_t stride_h, stride_w;
  int32_t dilation_h, dilation_w;
  int32_t pad_top, pad_left;
  int32_t groups;
};

struct Conv16Parameters {
  const int8_t* weights;
  int32_t weight_zero_point;
  const void* bias;           // of Sum, or null
  const int32_t* multiplier;  // one per output channel
  const int32_t* shift;
  int32_t min, max;
};

// Rows [begin, end) of the output over all images. Sum is the type of sums and bias: TFLite takes int32 as
// other convolutions do, and int64 with a multiplier of 16 bits.
template <typename Sum>
void Conv16(const Conv16Shape& shape, const Conv16Parameters& parameters, const int16_t* input,
            int16_t* output, int32_t begin, int32_t end);

}  // namespace weightfold
