// CRC-32C by an instruction that folds 8 bytes and takes three cycles, but can start every cycle: three
// stretches are folded at once, and their remainders put together by tables. Included by one file per
// instruction set; all in an anonymous namespace, so that no symbol is shared between them.
#ifndef WEIGHTFOLD_CODECS_COMMON_CRC32C_STREAMS_H_
#define WEIGHTFOLD_CODECS_COMMON_CRC32C_STREAMS_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace weightfold {
namespace {

// value[k][b]: the remainder of byte b at place k of a remainder, followed by kBytes zero bytes.
template <size_t kBytes>
struct ZerosAfter {
  uint32_t value[4][256];
  constexpr ZerosAfter() : value() {
    uint32_t one[32] = {};
    for (int bit = 0; bit < 32; bit++) {
      uint32_t crc = 1u << bit;
      for (size_t i = 0; i < 8 * kBytes; i++) crc = crc & 1 ? (crc >> 1) ^ 0x82f63b78u : crc >> 1;
      one[bit] = crc;
    }
    for (int place = 0; place < 4; place++) {
      for (int byte = 0; byte < 256; byte++) {
        for (int bit = 0; bit < 8; bit++) {
          if (byte >> bit & 1) value[place][byte] ^= one[8 * place + bit];
        }
      }
    }
  }
  uint32_t Shift(uint32_t crc) const {
    return value[0][crc & 255] ^ value[1][crc >> 8 & 255] ^ value[2][crc >> 16 & 255] ^ value[3][crc >> 24];
  }
};

inline uint64_t Load64(const uint8_t* p) {
  uint64_t value;
  std::memcpy(&value, p, sizeof(value));
  return value;
}

// As long as three stretches of kBytes are left. Fold: uint32_t(uint32_t crc, uint64_t next).
template <size_t kBytes, typename Fold>
inline uint32_t FoldThree(uint32_t crc, const uint8_t** data, size_t* size, Fold fold) {
  static constexpr ZerosAfter<kBytes> kZeros;
  for (; *size >= 3 * kBytes; *size -= 3 * kBytes, *data += 3 * kBytes) {
    const uint8_t* p = *data;
    uint32_t second = 0, third = 0;
    for (size_t i = 0; i < kBytes; i += 8) {
      crc = fold(crc, Load64(p + i));
      second = fold(second, Load64(p + kBytes + i));
      third = fold(third, Load64(p + 2 * kBytes + i));
    }
    crc = kZeros.Shift(kZeros.Shift(crc) ^ second) ^ third;
  }
  return crc;
}

template <typename Fold, typename FoldByte>
inline uint32_t Crc32cStreams(const uint8_t* data, size_t size, Fold fold, FoldByte fold_byte) {
  uint32_t crc = 0xffffffffu;
  crc = FoldThree<2048>(crc, &data, &size, fold);
  crc = FoldThree<128>(crc, &data, &size, fold);
  for (; size >= 8; size -= 8, data += 8) crc = fold(crc, Load64(data));
  for (; size > 0; size--, data++) crc = fold_byte(crc, *data);
  return ~crc;
}

}  // namespace
}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_COMMON_CRC32C_STREAMS_H_
