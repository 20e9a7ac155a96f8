// SVDF: a convolution over time as two small products. Each filter multiplies the input by its feature
// weights, remembers the last `memory` results, and multiplies these by its time weights; a unit sums its
// filters.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/requantize.h"

namespace weightfold {

// A sum of so many products of 8-bit codes stays in 32 bits.
constexpr int32_t kMaxSvdfInputs = 1 << 16;

struct SvdfShape {
  int32_t batch, inputs, filters, memory, units;  // filters / units is the rank
  int32_t state_bytes;                            // of a remembered result, and of a time weight: 1 or 2
};

struct SvdfParameters {
  const int8_t* feature_weights;  // [filters][inputs]
  const void* time_weights;       // [filters][memory]
  const int32_t* bias;            // [units], or null
  int32_t input_zero_point, state_zero_point, output_zero_point;
  QuantizedScale feature, output;  // into the state, and out of the sums
};

struct SvdfKernel {
  const char* name;
  uint32_t features;
  // What `run` needs beside the parameters; the memory is the caller's, aligned to 64 bytes.
  size_t (*packed_bytes)(const SvdfShape&);
  void (*pack)(const SvdfShape&, const SvdfParameters&, void* packed);
  // TFLite Micro's integer rule, for one step in time. The state has batch × filters × memory results, first
  // all equal to the zero point; in which order is the kernel's own business.
  void (*run)(const SvdfShape&, const SvdfParameters&, const void* packed, const int8_t* input, void* state,
              int8_t* output);
  // Whether the version can take a layer; null: always.
  bool (*suits)(const SvdfShape&, const SvdfParameters&) = nullptr;
};

// Every version compiled in, the preferred last. Set by kernels.inc.
const SvdfKernel* const* SvdfKernels(int* count);

// The last version whose features are all in `features` and that suits the layer.
const SvdfKernel& SelectSvdf(uint32_t features, const SvdfShape& shape, const SvdfParameters& parameters);

}  // namespace weightfold
