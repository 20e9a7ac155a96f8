#ifndef WEIGHTFOLD_CODECS_COMMON_CRC32C_H_
#define WEIGHTFOLD_CODECS_COMMON_CRC32C_H_

#include <cstddef>
#include <cstdint>

namespace weightfold {

// CRC-32C (Castagnoli, RFC 3720 appendix B.4) of size bytes.
uint32_t Crc32c(const uint8_t* data, size_t size);

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_COMMON_CRC32C_H_
