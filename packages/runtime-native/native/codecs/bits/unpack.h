// Symbols of a few bits each, packed from the lowest bit of the first byte, to bytes.
#ifndef WEIGHTFOLD_CODECS_BITS_UNPACK_H_
#define WEIGHTFOLD_CODECS_BITS_UNPACK_H_

#include <cstddef>
#include <cstdint>

namespace weightfold {

// packed: exactly `size` bytes, at least ceil(length * bits / 8). bits: 1 to 7.
using UnpackBitsFunction = void (*)(const uint8_t* packed, size_t size, uint32_t bits, uint8_t* out,
                                    size_t length);

void UnpackBitsScalar(const uint8_t* packed, size_t size, uint32_t bits, uint8_t* out, size_t length);
void UnpackBitsAvx2(const uint8_t* packed, size_t size, uint32_t bits, uint8_t* out, size_t length);

// Eight symbols are spread in three steps: halves of the eight, of four, of two move to where they belong.
// masks[k] covers the lower half of each part in step k.
struct SpreadMasks {
  uint64_t masks[3];
};

static inline constexpr SpreadMasks MakeSpreadMasks(uint32_t bits) {
  SpreadMasks result = {};
  result.masks[0] = (uint64_t{1} << 4 * bits) - 1;
  const uint64_t two = (uint64_t{1} << 2 * bits) - 1, one = (uint64_t{1} << bits) - 1;
  result.masks[1] = two | two << 32;
  result.masks[2] = one * 0x0001000100010001u;
  return result;
}

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_BITS_UNPACK_H_
