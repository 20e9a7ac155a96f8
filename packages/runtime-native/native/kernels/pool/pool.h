// Average and maximum pooling of 8-bit codes, NHWC; input and output share their quantization.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/image.h"

namespace weightfold {

struct PoolShape {
  int32_t in_h, in_w, channels;
  int32_t out_h, out_w;
  int32_t kernel_h, kernel_w;
  int32_t stride_h, stride_w;
  int32_t pad_top, pad_left;
  int32_t min, max;                 // range of the fused activation, as int8
  uint8_t input_flip, output_flip;  // base/image.h
};

// TFLite's rule: sum over the part of the window inside the image, divided with rounding half away from zero.
// Output rows [begin, end) of one image; a border is neither read nor written.
void AveragePool(const PoolShape& shape, const ConstImage& input, const Image& output, int32_t begin,
                 int32_t end);
// The same with uint8 codes, which are never below zero: a tie goes up.
void AveragePoolUnsigned(const PoolShape& shape, const ConstImage& input, const Image& output, int32_t begin,
                         int32_t end);
void MaxPool(const PoolShape& shape, const ConstImage& input, const Image& output, int32_t begin,
             int32_t end);

}  // namespace weightfold
