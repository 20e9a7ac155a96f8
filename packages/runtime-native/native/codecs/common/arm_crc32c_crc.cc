#include <arm_acle.h>

#include "crc32c.h"
#include "crc32c_streams.h"

namespace weightfold {

uint32_t Crc32cArm(const uint8_t* data, size_t size) {
  return Crc32cStreams(
      data, size, [](uint32_t crc, uint64_t next) { return __crc32cd(crc, next); },
      [](uint32_t crc, uint8_t next) { return __crc32cb(crc, next); });
}

}  // namespace weightfold
