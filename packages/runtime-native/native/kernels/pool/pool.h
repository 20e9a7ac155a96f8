// Average and maximum pooling, int8, NHWC; input and output share their quantization.
#pragma once
#include <cstddef>
#include <cstdint>

namespace weightfold {

struct PoolShape {
  int32_t batch;
  int32_t in_h, in_w, channels;
  int32_t out_h, out_w;
  int32_t kernel_h, kernel_w;
  int32_t stride_h, stride_w;
  int32_t pad_top, pad_left;
  int32_t min, max;  // range of the fused activation
};

// TFLite's rule: sum over the part of the window inside the image, divided with rounding half away from zero.
void AveragePool(const PoolShape& shape, const int8_t* input, int8_t* output);
void MaxPool(const PoolShape& shape, const int8_t* input, int8_t* output);

}  // namespace weightfold
