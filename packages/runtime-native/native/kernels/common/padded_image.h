// Convolutions on int16 copy their input once, with its padding, so that the inner loops have no borders.
// Everything here is local to the file that includes it: each instruction set compiles its own copy.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/numbers.h"

namespace weightfold {
namespace {

inline __attribute__((always_inline)) void Fill(int16_t* to, int32_t value, size_t n) {
  for (size_t i = 0; i < n; ++i) to[i] = static_cast<int16_t>(value);
}

// Part of an image that a convolution sees, padding included.
struct PaddedImage {
  int32_t in_h, in_w, channels;
  int32_t height, width;  // (out − 1) × stride + (kernel − 1) × dilation + 1
  int32_t top, left;

  size_t row() const { return static_cast<size_t>(width) * channels; }
  // In int16 elements, with room for kernels that read a register too far.
  size_t elements() const { return row() * height + 64; }
};

// Writes the padded image as int16; the padding is the input's zero point. kWiden turns n codes into int16
// and may write 15 elements beyond them.
template <void (*kWiden)(int16_t*, const int8_t*, size_t)>
inline __attribute__((always_inline)) void WidenPadded(const PaddedImage& p, int32_t zero_point,
                                                       const int8_t* input, int16_t* to) {
  const size_t row = p.row(), c = p.channels;
  const int32_t columns = MaxInt(0, MinInt(p.in_w, p.width - p.left));
  for (int32_t y = 0; y < p.height; ++y, to += row) {
    const int32_t iy = y - p.top;
    if (iy < 0 || iy >= p.in_h || columns == 0) {
      Fill(to, zero_point, row);
      continue;
    }
    kWiden(to + p.left * c, input + static_cast<size_t>(iy) * p.in_w * c, columns * c);
    Fill(to, zero_point, p.left * c);
    Fill(to + (p.left + columns) * c, zero_point, row - (p.left + columns) * c);
  }
}

}  // namespace
}  // namespace weightfold
