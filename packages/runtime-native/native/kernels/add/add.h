// Element-wise sum of 8-bit codes, with broadcasting over up to four dimensions.
#pragma once
#include <cstddef>
#include <cstdint>

namespace weightfold {

struct AddParameters {
  int32_t left_shift;                              // 20: both inputs are scaled up before they meet
  int32_t zero_point[2], multiplier[2], shift[2];  // codes as int8
  int32_t output_zero_point, output_multiplier, output_shift;
  int32_t min, max;
  uint8_t flip[2], output_flip;  // base/image.h
};

struct AddShape {
  int32_t out[4];
  int32_t stride[2][4];  // elements to step in each input per step of the output; 0 where it is broadcast
  bool same;             // both inputs have the output's shape
};

struct AddKernel {
  const char* name;
  uint32_t features;
  // What `run` needs beside the parameters; the memory is the caller's, aligned to 64 bytes.
  size_t packed_bytes;
  void (*pack)(const AddParameters&, void* packed);
  // `count` elements that lie next to each other.
  void (*run)(const AddParameters&, const void* packed, const uint8_t* a, const uint8_t* b, uint8_t* output,
              size_t count);
};

const AddKernel* const* AddKernels(int* count);
const AddKernel& SelectAdd(uint32_t features);

// TFLite's rule for one element.
uint8_t AddOne(const AddParameters& p, uint8_t a, uint8_t b);

// Any shape, element by element.
void AddBroadcast(const AddParameters& p, const AddShape& shape, const uint8_t* a, const uint8_t* b,
                  uint8_t* output);

}  // namespace weightfold
