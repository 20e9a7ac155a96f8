// AVX-512 with VBMI2 has an instruction for it.
#include <immintrin.h>

#include <cstring>

#include "expand.h"

namespace weightfold {

void ExpandAvx512(const uint8_t* bitmap, const uint8_t* others, uint8_t center, uint8_t* out, size_t groups) {
  const __m512i centers = _mm512_set1_epi8(static_cast<char>(center));
  for (size_t i = 0; i < groups; i++) {
    uint64_t mask;
    std::memcpy(&mask, bitmap + 8 * i, 8);
    const __m512i values = _mm512_mask_expand_epi8(centers, mask, _mm512_loadu_si512(others));
    _mm512_storeu_si512(out + 64 * i, values);
    others += __builtin_popcountll(mask);
  }
}

}  // namespace weightfold
