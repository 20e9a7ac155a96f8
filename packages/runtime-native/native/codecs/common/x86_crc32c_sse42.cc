#include <nmmintrin.h>

#include "crc32c.h"
#include "crc32c_streams.h"

namespace weightfold {

uint32_t Crc32cSse42(const uint8_t* data, size_t size) {
  return Crc32cStreams(
      data, size, [](uint32_t crc, uint64_t next) { return static_cast<uint32_t>(_mm_crc32_u64(crc, next)); },
      [](uint32_t crc, uint8_t next) { return _mm_crc32_u8(crc, next); });
}

}  // namespace weightfold
