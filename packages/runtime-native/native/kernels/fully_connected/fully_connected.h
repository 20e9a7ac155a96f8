// Fully connected, int8: output[rows][out] = input[rows][in] × weights[out][in]ᵀ + bias.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/requantize.h"

namespace weightfold {

struct FullyConnectedShape {
  int32_t rows;
  int32_t in;
  int32_t out;
};

struct FullyConnectedParameters {
  const int8_t* weights;  // zero point 0
  const int32_t* bias;    // null: none
  int32_t input_zero_point;
  Requantization output;
};

// See ConvKernel.
struct FullyConnectedKernel {
  const char* name;
  uint32_t features;
  size_t (*packed_bytes)(const FullyConnectedShape&);
  void (*pack)(const FullyConnectedShape&, const FullyConnectedParameters&, void* packed);
  size_t (*scratch_bytes)(const FullyConnectedShape&);
  void (*run)(const FullyConnectedShape&, const FullyConnectedParameters&, const void* packed,
              const int8_t* input, int8_t* output, void* scratch);
};

const FullyConnectedKernel* const* FullyConnectedKernels(int* count);
const FullyConnectedKernel& SelectFullyConnected(uint32_t features);

}  // namespace weightfold
