#ifndef WEIGHTFOLD_CODECS_COMMON_SHA256_H_
#define WEIGHTFOLD_CODECS_COMMON_SHA256_H_

#include <cstddef>
#include <cstdint>

namespace weightfold {

// SHA-256 (FIPS 180-4) of size bytes.
void Sha256(const uint8_t* data, size_t size, uint8_t digest[32]);

// Folds whole blocks of 64 bytes into the state (6.2.2). The versions that Sha256 chooses from.
using CompressFunction = void (*)(uint32_t state[8], const uint8_t* data, size_t blocks);
void CompressPortable(uint32_t state[8], const uint8_t* data, size_t blocks);
#if defined(__x86_64__)
void CompressSha(uint32_t state[8], const uint8_t* data, size_t blocks);
#elif defined(__aarch64__)
void CompressArm(uint32_t state[8], const uint8_t* data, size_t blocks);
#endif

// Sha256 with a given version.
void Sha256With(CompressFunction compress, const uint8_t* data, size_t size, uint8_t digest[32]);

// Fractional parts of the cube roots of the first 64 primes (4.2.2).
extern const uint32_t kSha256Rounds[64];

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_COMMON_SHA256_H_
