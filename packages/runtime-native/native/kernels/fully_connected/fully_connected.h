// Fully connected, 8-bit codes: output[rows][out] = input[rows][in] × weights[out][in]ᵀ + bias.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/image.h"
#include "base/requantize.h"

namespace weightfold {

struct FullyConnectedShape {
  int32_t rows;
  int32_t in;
  int32_t out;
};

struct FullyConnectedParameters {
  const int8_t* weights;
  const int32_t* bias;       // null: none
  int32_t input_zero_point;  // as int8
  uint8_t input_flip;
  Requantization output;
  int32_t weight_zero_point = 0;  // only for versions whose features are all in kZeroPointFeatures
};

// What a zero point of the weights adds to every sum of a row of inputs, beside its share in the bias.
static inline int32_t WeightCorrection(const FullyConnectedShape& s, const FullyConnectedParameters& p,
                                       const uint8_t* input) {
  if (p.weight_zero_point == 0) return 0;
  int32_t sum = 0;
  for (int32_t i = 0; i < s.in; ++i) sum = WrappingAdd(sum, SignedCode(input[i], p.input_flip));
  return WrappingMultiply(-p.weight_zero_point, sum);
}

// See ConvKernel.
struct FullyConnectedKernel {
  const char* name;
  uint32_t features;
  bool unsigned_input;
  int32_t unit;  // output channels that are computed together; begin and end of `run` count them
  size_t (*packed_bytes)(const FullyConnectedShape&, const FullyConnectedParameters&);
  void (*pack)(const FullyConnectedShape&, const FullyConnectedParameters&, void* packed);
  size_t (*scratch_bytes)(const FullyConnectedShape&);
  // All rows, output channels [begin × unit, end × unit).
  void (*run)(const FullyConnectedShape&, const FullyConnectedParameters&, const void* packed,
              const uint8_t* input, uint8_t* output, int32_t begin, int32_t end, void* scratch);
  bool signed_input = false;
  bool (*suits)(const FullyConnectedShape&, const FullyConnectedParameters&) = nullptr;
};

const FullyConnectedKernel* const* FullyConnectedKernels(int* count);
const FullyConnectedKernel& SelectFullyConnected(uint32_t features, const FullyConnectedShape& shape,
                                                 const FullyConnectedParameters& parameters);

}  // namespace weightfold
