// 2-D convolution of 8-bit codes, NHWC, weights [out_c][kernel_h][kernel_w][in_c / groups].
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/image.h"
#include "base/requantize.h"

namespace weightfold {

// There is no padding: every pixel that a window touches is in memory, so the input's size does not matter.
struct ConvShape {
  int32_t in_c;
  int32_t out_h, out_w, out_c;
  int32_t kernel_h, kernel_w;
  int32_t stride_h, stride_w;
  int32_t dilation_h, dilation_w;
  int32_t groups;
};

struct ConvParameters {
  const int8_t* weights;
  const int32_t* bias;       // null: none
  int32_t input_zero_point;  // as int8
  uint8_t input_flip;
  Requantization output;
  int32_t weight_zero_point = 0;  // only for versions whose features are all in kZeroPointFeatures
};

// One version of the family. Memory for `packed` and `scratch` is the caller's, aligned to 64 bytes; kernels
// may read (never write) up to 64 bytes after input.
struct ConvKernel {
  const char* name;
  uint32_t features;
  bool unsigned_input;  // input_flip must be kUnsignedFlip
  size_t (*packed_bytes)(const ConvShape&, const ConvParameters&);
  void (*pack)(const ConvShape&, const ConvParameters&, void* packed);
  size_t (*scratch_bytes)(const ConvShape&);
  // Output rows [begin, end). `input` begins with the first pixel of the first window of row 0, `output` with
  // row 0. The strides are the same in every call.
  void (*run)(const ConvShape&, const ConvParameters&, const void* packed, const ConstImage& input,
              const Image& output, int32_t begin, int32_t end, void* scratch);
  bool signed_input = false;  // input_flip must be 0
  // Whether the version can take a layer and is quicker there than those before it; null: always.
  bool (*suits)(const ConvShape&, const ConvParameters&) = nullptr;
};

// Every version compiled in, the preferred last. Set by kernels.inc.
const ConvKernel* const* ConvKernels(int* count);

// The last version whose features are all in `features` and that suits the layer.
const ConvKernel& SelectConv(uint32_t features, const ConvShape& shape, const ConvParameters& parameters);

}  // namespace weightfold
