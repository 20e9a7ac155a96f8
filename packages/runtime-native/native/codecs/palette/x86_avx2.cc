// AVX2: a shuffle looks up 32 ranks in a table of 16 entries.
#include <immintrin.h>

#include <cstring>

#include "palettes.h"

namespace weightfold {
namespace {

constexpr size_t kWidth = 32;

// Entries of ranks below 16 * kTables.
template <uint32_t kTables>
inline __m256i Entries(const __m256i* tables, __m256i ranks) {
  const __m256i first = _mm256_shuffle_epi8(tables[0], ranks);
  if (kTables == 1) return first;
  // The fifth bit of a rank becomes its sign, by which blends choose; the sixth likewise.
  const __m256i fifth = _mm256_slli_epi16(ranks, 3);
  const __m256i low = _mm256_blendv_epi8(first, _mm256_shuffle_epi8(tables[1], ranks), fifth);
  if (kTables == 2) return low;
  const __m256i high =
      _mm256_blendv_epi8(_mm256_shuffle_epi8(tables[2], ranks), _mm256_shuffle_epi8(tables[3], ranks), fifth);
  return _mm256_blendv_epi8(low, high, _mm256_slli_epi16(ranks, 2));
}

template <uint32_t kTables>
void MapRanks(const uint8_t* entries, uint32_t last, uint8_t* data, size_t length) {
  __m256i tables[kTables];
  for (uint32_t t = 0; t < kTables; t++) {
    const __m128i part = _mm_loadu_si128(reinterpret_cast<const __m128i*>(entries + 16 * t));
    tables[t] = _mm256_broadcastsi128_si256(part);
  }
  const __m256i most = _mm256_set1_epi8(static_cast<char>(last));
  size_t i = 0;
  for (; length - i >= kWidth; i += kWidth) {
    __m256i* at = reinterpret_cast<__m256i*>(data + i);
    _mm256_storeu_si256(at, Entries<kTables>(tables, _mm256_min_epu8(_mm256_loadu_si256(at), most)));
  }
  if (i == length) return;
  alignas(kWidth) uint8_t tail[kWidth] = {};
  std::memcpy(tail, data + i, length - i);
  __m256i* at = reinterpret_cast<__m256i*>(tail);
  _mm256_store_si256(at, Entries<kTables>(tables, _mm256_min_epu8(_mm256_load_si256(at), most)));
  std::memcpy(data + i, tail, length - i);
}

}  // namespace

void MapRanksAvx2(const uint8_t* entries, uint32_t last, uint8_t* data, size_t length) {
  if (last < 16) return MapRanks<1>(entries, last, data, length);
  if (last < 32) return MapRanks<2>(entries, last, data, length);
  if (last < 64) return MapRanks<4>(entries, last, data, length);
  MapRanksScalar(entries, last, data, length);
}

}  // namespace weightfold
