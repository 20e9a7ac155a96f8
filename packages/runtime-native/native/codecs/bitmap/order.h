// For each byte of a bitmap which of the next values is where, for shuffles of bytes.
#ifndef WEIGHTFOLD_CODECS_BITMAP_ORDER_H_
#define WEIGHTFOLD_CODECS_BITMAP_ORDER_H_

#include <cstdint>

namespace weightfold {
namespace {

// Eight indices, the first in the lowest byte; 128 (nothing) where a bit is 0.
struct ValueOrder {
  uint64_t indices[256];
  constexpr ValueOrder() : indices() {
    for (int mask = 0; mask < 256; mask++) {
      uint64_t value = 0;
      for (int bit = 0; bit < 8; bit++) {
        indices[mask] |= (mask >> bit & 1 ? value++ : uint64_t{128}) << 8 * bit;
      }
    }
  }
};
constexpr ValueOrder kValueOrder;

constexpr uint64_t kEachByte = 0x0101010101010101u;

// Indices for the second eight of sixteen values, of which the first eight take `before`.
inline uint64_t SecondOrder(uint32_t mask, uint32_t before) {
  return kValueOrder.indices[mask] + before * kEachByte;
}

}  // namespace
}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_BITMAP_ORDER_H_
