// Convolutions on int16 widen the rows they read once. Everything here is local to the file that includes it:
// each instruction set compiles its own copy.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/image.h"
#include "base/numbers.h"

namespace weightfold {
namespace {

// The part of an image that a convolution sees, as int16 and without gaps between its rows.
struct WidenedImage {
  int32_t height, width, channels;

  template <typename Shape>
  static WidenedImage Of(const Shape& s, int32_t channels) {
    return {(s.out_h - 1) * s.stride_h + (s.kernel_h - 1) * s.dilation_h + 1,
            (s.out_w - 1) * s.stride_w + (s.kernel_w - 1) * s.dilation_w + 1, channels};
  }

  size_t row() const { return static_cast<size_t>(width) * channels; }
  // In int16 elements, with room for kernels that read a register too far.
  size_t elements() const { return row() * height + 64; }
};

// Widens what output rows [begin, end) see. kWiden turns n codes into int16 and may write 15 elements beyond.
template <void (*kWiden)(int16_t*, const uint8_t*, size_t, uint8_t), typename Shape>
inline __attribute__((always_inline)) void WidenRows(const Shape& s, const WidenedImage& image,
                                                     const ConstImage& input, uint8_t flip, int32_t begin,
                                                     int32_t end, int16_t* to) {
  const int32_t first = begin * s.stride_h;
  const int32_t last = (end - 1) * s.stride_h + (s.kernel_h - 1) * s.dilation_h;
  for (int32_t y = first; y <= last; ++y, to += image.row()) {
    kWiden(to, input.pixels + y * input.row, image.row(), flip);
  }
}

}  // namespace
}  // namespace weightfold
