#include "crc32c.h"

#include "../../base/cpu.h"
#include "reader.h"

namespace weightfold {
namespace {

// tables[k][b]: the remainder of byte b followed by k zero bytes, so that eight bytes are folded at a time.
struct Tables {
  uint32_t value[8][256];
  constexpr Tables() : value() {
    for (uint32_t byte = 0; byte < 256; byte++) {
      uint32_t crc = byte;
      for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0x82f63b78u : crc >> 1;
      value[0][byte] = crc;
    }
    for (uint32_t byte = 0; byte < 256; byte++) {
      for (int k = 1; k < 8; k++)
        value[k][byte] = value[0][value[k - 1][byte] & 255] ^ (value[k - 1][byte] >> 8);
    }
  }
};
constexpr Tables kTables;

}  // namespace

uint32_t Crc32cPortable(const uint8_t* data, size_t size) {
  uint32_t crc = 0xffffffffu;
  const auto& t = kTables.value;
  for (; size >= 8; size -= 8, data += 8) {
    const uint32_t a = crc ^ LoadLittle32(data);
    const uint32_t b = LoadLittle32(data + 4);
    crc = t[7][a & 255] ^ t[6][a >> 8 & 255] ^ t[5][a >> 16 & 255] ^ t[4][a >> 24] ^ t[3][b & 255] ^
          t[2][b >> 8 & 255] ^ t[1][b >> 16 & 255] ^ t[0][b >> 24];
  }
  for (; size > 0; size--, data++) crc = t[0][(crc ^ *data) & 255] ^ (crc >> 8);
  return ~crc;
}

uint32_t Crc32c(const uint8_t* data, size_t size) {
#if defined(__x86_64__)
  if (CpuFeatures() & kCpuSse42) return Crc32cSse42(data, size);
#elif defined(__aarch64__)
  if (CpuFeatures() & kCpuArmCrc32) return Crc32cArm(data, size);
#endif
  return Crc32cPortable(data, size);
}

}  // namespace weightfold
