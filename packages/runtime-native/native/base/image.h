// Images of 8-bit codes, NHWC, whose rows may lie further apart than their pixels need: around an image there
// may be a border for the windows that reach beyond it.
//
// A code q is kept as the byte of an int8, or as uint8 q + 128 (then zero point and range are 128 higher,
// too). The two differ in the highest bit: kernels compute in int8 terms and XOR what they read and write
// with the `flip` of its tensor, 0 or kUnsignedFlip.
#pragma once
#include <cstddef>
#include <cstdint>

namespace weightfold {

constexpr uint8_t kUnsignedFlip = 0x80;

struct ConstImage {
  const uint8_t* pixels;
  size_t row;  // bytes from a row to the next
};

struct Image {
  uint8_t* pixels;
  size_t row;
};

static inline int32_t SignedCode(uint8_t stored, uint8_t flip) { return static_cast<int8_t>(stored ^ flip); }

}  // namespace weightfold
