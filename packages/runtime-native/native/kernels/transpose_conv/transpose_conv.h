// Transposed convolution, int8, NHWC; weights [out channels, height, width, in channels].
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/requantize.h"

namespace weightfold {

struct TransposeConvShape {
  int32_t batch, in_h, in_w, in_channels, out_h, out_w, out_channels;
  int32_t kernel_h, kernel_w, stride_h, stride_w, pad_top, pad_left;
};

struct TransposeConvParameters {
  int32_t input_zero_point;
  const int8_t* weights;
  const int32_t* bias;  // or null
  Requantization requantization;
};

// Output pixel by output pixel, from the input pixels that reach it. Rows are output rows over all images;
// [begin, end) of them.
void TransposeConv(const TransposeConvShape& shape, const TransposeConvParameters& parameters,
                   const int8_t* input, int8_t* output, int32_t begin, int32_t end);

}  // namespace weightfold
