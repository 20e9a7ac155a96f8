#include "kernels/transpose/transpose.h"

namespace weightfold {

namespace {

// Steps of the input and of the output.
struct Axis {
  int32_t size;
  size_t from, to;
};

void Copy(const Axis& outer, const Axis& inner, const int8_t* input, int8_t* output) {
  for (int32_t i = 0; i < outer.size; ++i, input += outer.from, output += outer.to) {
    for (int32_t k = 0; k < inner.size; ++k) output[k * inner.to] = input[k * inner.from];
  }
}

}  // namespace

void Transpose(const TransposeShape& s, const int8_t* input, int8_t* output) {
  const size_t plane = static_cast<size_t>(s.out[2]) * s.out[3];
  const Axis row = {s.out[2], s.stride[2], static_cast<size_t>(s.out[3])}, pixel = {s.out[3], s.stride[3], 1};
  // The longer loop inside: pixels of images have few channels.
  const bool by_rows = pixel.size >= row.size;
  for (int32_t i = 0; i < s.out[0]; ++i) {
    for (int32_t j = 0; j < s.out[1]; ++j, output += plane) {
      const int8_t* from = input + i * s.stride[0] + j * s.stride[1];
      by_rows ? Copy(row, pixel, from, output) : Copy(pixel, row, from, output);
    }
  }
}

}  // namespace weightfold
