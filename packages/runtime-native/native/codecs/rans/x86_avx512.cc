// AVX-512: sixteen lanes in a vector; words go to the lanes that want them by one expansion.
#include <immintrin.h>

#include "lanes.h"
#include "step.h"
#include "x86_gather.h"

namespace weightfold {
namespace {

constexpr uint32_t kWidth = 16;

inline __m512i Gather(const uint32_t* slots, __m512i index) {
  __m512i found = _mm512_castsi128_si512(Gather4(slots, _mm512_castsi512_si128(index)));
  found = _mm512_inserti32x4(found, Gather4(slots, _mm512_extracti32x4_epi32(index, 1)), 1);
  found = _mm512_inserti32x4(found, Gather4(slots, _mm512_extracti32x4_epi32(index, 2)), 2);
  return _mm512_inserti32x4(found, Gather4(slots, _mm512_extracti32x4_epi32(index, 3)), 3);
}

// Steps sixteen states and stores their symbols. Reads 32 bytes of words.
template <bool kTables>
inline void Step(__m512i* state, const uint32_t* slots, const uint8_t* tables, const uint8_t** at,
                 uint8_t* out) {
  __m512i index = _mm512_and_si512(*state, _mm512_set1_epi32(4095));
  if (kTables) {
    const __m512i wide = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(tables)));
    index = _mm512_or_si512(index, _mm512_slli_epi32(wide, 12));
  }
  const __m512i slot = Gather(slots, index);
  const __m512i quotient = _mm512_srli_epi32(*state, 12);
  const __m512i offset = _mm512_and_si512(_mm512_srli_epi32(slot, kSlotOffsetShift),
                                          _mm512_set1_epi32(static_cast<int>(kSlotOffsetMask)));
  const __m512i product = _mm512_mullo_epi32(_mm512_srli_epi32(slot, kSlotFrequencyShift), quotient);
  const __m512i next = _mm512_add_epi32(product, _mm512_add_epi32(quotient, offset));
  const __mmask16 low = _mm512_cmplt_epu32_mask(next, _mm512_set1_epi32(65536));
  const __m512i words = _mm512_maskz_expand_epi32(
      low, _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(*at))));
  *state = _mm512_mask_or_epi32(next, low, _mm512_slli_epi32(next, 16), words);
  *at += 2 * __builtin_popcount(low);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm512_cvtepi32_epi8(slot));
}

template <uint32_t kVectors, bool kTables>
size_t Rounds(const uint32_t* slots, const uint8_t* tables, RansStream* stream, uint8_t* out, size_t rounds) {
  constexpr uint32_t kLanes = kVectors * kWidth;
  __m512i states[kVectors];
  for (uint32_t v = 0; v < kVectors; v++) states[v] = _mm512_loadu_si512(stream->states + v * kWidth);
  const uint8_t* at = stream->at;
  size_t round = 0;
  for (; round < rounds && stream->end - at >= static_cast<ptrdiff_t>(2 * kLanes); round++) {
#pragma GCC unroll 4
    for (uint32_t v = 0; v < kVectors; v++) {
      Step<kTables>(&states[v], slots, tables, &at, out + v * kWidth);
      if (kTables) tables += kWidth;
    }
    out += kLanes;
  }
  stream->at = at;
  for (uint32_t v = 0; v < kVectors; v++) _mm512_storeu_si512(stream->states + v * kWidth, states[v]);
  return round;
}

template <uint32_t kVectors>
size_t RoundsOf(const uint32_t* slots, const uint8_t* tables, RansStream* stream, uint8_t* out,
                size_t rounds) {
  return tables == nullptr ? Rounds<kVectors, false>(slots, tables, stream, out, rounds)
                           : Rounds<kVectors, true>(slots, tables, stream, out, rounds);
}

}  // namespace

DecodeRoundsFunction RansRoundsAvx512(uint32_t lanes) {
  switch (lanes) {
    case 64:
      return RoundsOf<4>;
    case 32:
      return RoundsOf<2>;
    default:
      return nullptr;
  }
}

}  // namespace weightfold
