// Packing of weights: channels become lanes. Include only from *_avx2.cc files.
#pragma once
#include <cstdint>

#include "kernels/common/x86_avx2.h"

namespace weightfold {
namespace {

// Eight rows of eight 32-bit elements: element i of all rows goes to `to` + i * `stride` bytes.
inline void StoreTransposed(const __m256i rows[8], uint8_t* to, size_t stride) {
  __m256i twos[8], fours[8];
#pragma GCC unroll 4
  for (int i = 0; i < 8; i += 2) {
    twos[i] = _mm256_unpacklo_epi32(rows[i], rows[i + 1]);
    twos[i + 1] = _mm256_unpackhi_epi32(rows[i], rows[i + 1]);
  }
  // Elements j and 4 + j of rows 0 to 3, and of rows 4 to 7.
#pragma GCC unroll 2
  for (int i = 0; i < 8; i += 4) {
    fours[i] = _mm256_unpacklo_epi64(twos[i], twos[i + 2]);
    fours[i + 1] = _mm256_unpackhi_epi64(twos[i], twos[i + 2]);
    fours[i + 2] = _mm256_unpacklo_epi64(twos[i + 1], twos[i + 3]);
    fours[i + 3] = _mm256_unpackhi_epi64(twos[i + 1], twos[i + 3]);
  }
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {
    const __m256i first = _mm256_permute2x128_si256(fours[j], fours[4 + j], 0x20);
    const __m256i second = _mm256_permute2x128_si256(fours[j], fours[4 + j], 0x31);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + j * stride), first);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + (4 + j) * stride), second);
  }
}

}  // namespace
}  // namespace weightfold
