// Portable version: eight symbols at a time in a 64-bit word.
#include <cstring>

#include "../common/reader.h"
#include "unpack.h"

namespace weightfold {

void UnpackBitsScalar(const uint8_t* packed, size_t size, uint32_t bits, uint8_t* out, size_t length) {
  const SpreadMasks m = MakeSpreadMasks(bits);
  const uint64_t eight = (uint64_t{1} << 8 * bits) - 1;
  size_t i = 0, at = 0;
  for (; length - i >= 8 && size - at >= 8; i += 8, at += bits) {
    uint64_t x = (LoadLittle32(packed + at) | uint64_t{LoadLittle32(packed + at + 4)} << 32) & eight;
    x = (x & m.masks[0]) | (x & ~m.masks[0]) << (32 - 4 * bits);
    x = (x & m.masks[1]) | (x & ~m.masks[1]) << (16 - 2 * bits);
    x = (x & m.masks[2]) | (x & ~m.masks[2]) << (8 - bits);
    StoreLittle32(out + i, static_cast<uint32_t>(x));
    StoreLittle32(out + i + 4, static_cast<uint32_t>(x >> 32));
  }
  uint32_t word = 0, have = 0;
  for (; i < length; i++) {
    if (have < bits) {
      word |= static_cast<uint32_t>(packed[at++]) << have;
      have += 8;
    }
    out[i] = static_cast<uint8_t>(word & ((1u << bits) - 1));
    word >>= bits;
    have -= bits;
  }
}

}  // namespace weightfold
