#ifndef WEIGHTFOLD_CODECS_COMMON_SHA256_H_
#define WEIGHTFOLD_CODECS_COMMON_SHA256_H_

#include <cstddef>
#include <cstdint>

namespace weightfold {

// SHA-256 (FIPS 180-4) of size bytes.
void Sha256(const uint8_t* data, size_t size, uint8_t digest[32]);

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_COMMON_SHA256_H_
