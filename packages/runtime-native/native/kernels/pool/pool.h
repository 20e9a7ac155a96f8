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

// Output rows [begin, end) of one image; a border is neither read nor written.
using PoolFunction = void (*)(const PoolShape&, const ConstImage& input, const Image& output, int32_t begin,
                              int32_t end);

struct PoolKernel {
  const char* name;
  uint32_t features;
  // TFLite's rule: sum over the part of the window inside the image, divided with rounding half away from
  // zero.
  PoolFunction average;
  PoolFunction maximum;
};

const PoolKernel* const* PoolKernels(int* count);
const PoolKernel& SelectPool(uint32_t features);

// The average of uint8 codes, which are never below zero: a tie goes up. Scalar only.
void AveragePoolUnsigned(const PoolShape& shape, const ConstImage& input, const Image& output, int32_t begin,
                         int32_t end);

}  // namespace weightfold
