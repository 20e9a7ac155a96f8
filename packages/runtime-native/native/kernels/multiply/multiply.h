// Products of int8 codes, element by element, by TFLite's rule.
#pragma once
#include <cstddef>
#include <cstdint>

namespace weightfold {

struct MultiplyParameters {
  int32_t zero_point[2];
  int32_t output_zero_point, output_multiplier, output_shift;
  int32_t min, max;
};

struct MultiplyKernel {
  const char* name;
  uint32_t features;
  // What `run` needs beside the parameters; the memory is the caller's, aligned to 64 bytes.
  size_t packed_bytes;
  void (*pack)(const MultiplyParameters&, void* packed);
  // `count` outputs that lie next to each other. From one element of an input to the next it is a step of 0
  // or 1. May read up to 64 bytes after the inputs; `output` may be one of them.
  void (*run)(const MultiplyParameters&, const void* packed, const int8_t* a, int32_t step_a, const int8_t* b,
              int32_t step_b, int8_t* output, size_t count);
};

// TFLite's rule for one element.
int8_t MultiplyOne(const MultiplyParameters& p, int8_t a, int8_t b);

// Every version compiled in, the preferred last. Set by kernels.inc.
const MultiplyKernel* const* MultiplyKernels(int* count);

// The last version whose features are all in `features`.
const MultiplyKernel& SelectMultiply(uint32_t features);

}  // namespace weightfold
