#ifndef WEIGHTFOLD_CODECS_COMMON_CRC32C_H_
#define WEIGHTFOLD_CODECS_COMMON_CRC32C_H_

#include <cstddef>
#include <cstdint>

namespace weightfold {

// CRC-32C (Castagnoli, RFC 3720 appendix B.4) of size bytes.
uint32_t Crc32c(const uint8_t* data, size_t size);

// The versions that it chooses from; all give the same.
uint32_t Crc32cPortable(const uint8_t* data, size_t size);
#if defined(__x86_64__)
uint32_t Crc32cSse42(const uint8_t* data, size_t size);
#elif defined(__aarch64__)
uint32_t Crc32cArm(const uint8_t* data, size_t size);
#endif

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_COMMON_CRC32C_H_
