// Depthwise 2-D convolution of 8-bit codes, NHWC, weights [kernel_h][kernel_w][channels], channel
// multiplier 1. (Lowering turns other multipliers into a grouped convolution.)
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/image.h"
#include "base/requantize.h"

namespace weightfold {

// See ConvShape.
struct DepthwiseShape {
  int32_t channels;
  int32_t out_h, out_w;
  int32_t kernel_h, kernel_w;
  int32_t stride_h, stride_w;
  int32_t dilation_h, dilation_w;
};

struct DepthwiseParameters {
  const int8_t* weights;
  const int32_t* bias;       // null: none
  int32_t input_zero_point;  // as int8
  uint8_t input_flip;
  Requantization output;
  int32_t weight_zero_point = 0;  // only for versions whose features are all in kZeroPointFeatures
};

// See ConvKernel.
struct DepthwiseKernel {
  const char* name;
  uint32_t features;
  bool unsigned_input;
  size_t (*packed_bytes)(const DepthwiseShape&, const DepthwiseParameters&);
  void (*pack)(const DepthwiseShape&, const DepthwiseParameters&, void* packed);
  size_t (*scratch_bytes)(const DepthwiseShape&);
  void (*run)(const DepthwiseShape&, const DepthwiseParameters&, const void* packed, const ConstImage& input,
              const Image& output, int32_t begin, int32_t end, void* scratch);
  bool signed_input = false;
};

const DepthwiseKernel* const* DepthwiseKernels(int* count);
const DepthwiseKernel& SelectDepthwise(uint32_t features);

}  // namespace weightfold
