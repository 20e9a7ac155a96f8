// AVX2: four times eight symbols, each eight in a 64-bit lane.
#include <immintrin.h>

#include "unpack.h"

namespace weightfold {
namespace {

// The bits outside of the mask move up by `shift`.
inline __m256i Spread(__m256i x, __m256i mask, __m128i shift) {
  return _mm256_or_si256(_mm256_and_si256(x, mask), _mm256_sll_epi64(_mm256_andnot_si256(mask, x), shift));
}

// Moves `bits` bytes to the lower and `bits` bytes to the upper half of 16, with zeros behind them.
__m256i PairShuffle(uint32_t bits) {
  alignas(16) int8_t order[16];
  for (int i = 0; i < 16; i++) {
    const int byte = i & 7, half = i >> 3, count = static_cast<int>(bits);
    order[i] = static_cast<int8_t>(byte < count ? half * count + byte : -1);
  }
  return _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(order)));
}

}  // namespace

void UnpackBitsAvx2(const uint8_t* packed, size_t size, uint32_t bits, uint8_t* out, size_t length) {
  const SpreadMasks m = MakeSpreadMasks(bits);
  const __m256i pairs = PairShuffle(bits);
  __m256i masks[3];
  __m128i shifts[3];
  for (int step = 0; step < 3; step++) {
    masks[step] = _mm256_set1_epi64x(static_cast<long long>(m.masks[step]));
    shifts[step] = _mm_cvtsi32_si128((32 >> step) - static_cast<int>((4 * bits) >> step));
  }
  size_t i = 0, at = 0;
  const size_t read = 2 * bits + 16;
  for (; length - i >= 32 && size - at >= read; i += 32, at += 4 * bits) {
    const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(packed + at));
    const __m128i high = _mm_loadu_si128(reinterpret_cast<const __m128i*>(packed + at + 2 * bits));
    __m256i x = _mm256_shuffle_epi8(_mm256_set_m128i(high, low), pairs);
    for (int step = 0; step < 3; step++) x = Spread(x, masks[step], shifts[step]);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + i), x);
  }
  UnpackBitsScalar(packed + at, size - at, bits, out + i, length - i);
}

}  // namespace weightfold
