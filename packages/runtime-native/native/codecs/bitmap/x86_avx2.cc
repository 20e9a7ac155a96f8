// AVX2: 32 bytes by one shuffle, in which each half takes from its own sixteen values.
#include <immintrin.h>

#include <cstring>

#include "expand.h"
#include "order.h"

namespace weightfold {
namespace {

inline __m128i Load(const uint8_t* bytes) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)); }

inline __m128i Order(uint32_t mask) {
  const uint32_t first = mask & 255, second = mask >> 8;
  const uint64_t upper = SecondOrder(second, static_cast<uint32_t>(__builtin_popcount(first)));
  return _mm_set_epi64x(static_cast<long long>(upper), static_cast<long long>(kValueOrder.indices[first]));
}

}  // namespace

void ExpandAvx2(const uint8_t* bitmap, const uint8_t* others, uint8_t center, uint8_t* out, size_t groups) {
  const __m256i centers = _mm256_set1_epi8(static_cast<char>(center));
  for (size_t i = 0; i < groups * 2; i++) {
    uint32_t mask;
    std::memcpy(&mask, bitmap + 4 * i, 4);
    const uint8_t* upper = others + __builtin_popcount(mask & 0xffff);
    const __m256i order = _mm256_set_m128i(Order(mask >> 16), Order(mask & 0xffff));
    const __m256i values = _mm256_shuffle_epi8(_mm256_set_m128i(Load(upper), Load(others)), order);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + 32 * i), _mm256_blendv_epi8(values, centers, order));
    others += __builtin_popcount(mask);
  }
}

}  // namespace weightfold
