// AVX2: eight lanes in a vector.
#include <immintrin.h>

#include "frequency_tables.h"
#include "lanes.h"
#include "slots.h"
#include "step.h"
#include "x86_gather.h"

namespace weightfold {
namespace {

constexpr uint32_t kWidth = 8;

// For each set of lanes that want a word: which of the next words is whose.
struct WordOrder {
  uint8_t lane[256][kWidth];
  constexpr WordOrder() : lane() {
    for (int mask = 0; mask < 256; mask++) {
      uint8_t word = 0;
      for (uint32_t i = 0; i < kWidth; i++) {
        if (mask >> i & 1) lane[mask][i] = word++;
      }
    }
  }
};
constexpr WordOrder kWordOrder;

inline __m256i Widened8(const uint8_t* bytes) {
  return _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(bytes)));
}

inline __m256i Widened16(const uint8_t* words) {
  return _mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(words)));
}

inline __m256i Gather(const uint32_t* slots, __m256i index) {
  const __m128i low = Gather4(slots, _mm256_castsi256_si128(index));
  return _mm256_set_m128i(Gather4(slots, _mm256_extracti128_si256(index, 1)), low);
}

// Steps eight states; their slots, of which the low bytes are the symbols. Reads 16 bytes of words.
template <bool kTables>
inline __m256i Step(__m256i* state, const uint32_t* slots, const uint8_t* tables, const uint8_t** at) {
  __m256i index = _mm256_and_si256(*state, _mm256_set1_epi32(4095));
  if (kTables) index = _mm256_or_si256(index, _mm256_slli_epi32(Widened8(tables), 12));
  const __m256i slot = Gather(slots, index);
  const __m256i quotient = _mm256_srli_epi32(*state, 12);
  const __m256i offset = _mm256_and_si256(_mm256_srli_epi32(slot, kSlotOffsetShift),
                                          _mm256_set1_epi32(static_cast<int>(kSlotOffsetMask)));
  const __m256i product = _mm256_mullo_epi32(_mm256_srli_epi32(slot, kSlotFrequencyShift), quotient);
  const __m256i next = _mm256_add_epi32(product, _mm256_add_epi32(quotient, offset));
  const __m256i low = _mm256_cmpeq_epi32(_mm256_srli_epi32(next, 16), _mm256_setzero_si256());
  const uint32_t mask = static_cast<uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(low)));
  const __m256i words = _mm256_permutevar8x32_epi32(Widened16(*at), Widened8(kWordOrder.lane[mask]));
  *state = _mm256_blendv_epi8(next, _mm256_or_si256(_mm256_slli_epi32(next, 16), words), low);
  *at += 2 * __builtin_popcount(mask);
  return slot;
}

// The low bytes of 32 slots in order.
inline void StoreSymbols(const __m256i slots[4], uint8_t* out) {
  const __m256i byte = _mm256_set1_epi32(255);
  const __m256i first =
      _mm256_packus_epi32(_mm256_and_si256(slots[0], byte), _mm256_and_si256(slots[1], byte));
  const __m256i second =
      _mm256_packus_epi32(_mm256_and_si256(slots[2], byte), _mm256_and_si256(slots[3], byte));
  const __m256i halves = _mm256_packus_epi16(first, second);
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm256_permutevar8x32_epi32(halves, order));
}

// The same for 16.
inline void StoreHalf(const __m256i slots[2], uint8_t* out) {
  const __m256i byte = _mm256_set1_epi32(255);
  const __m256i both =
      _mm256_packus_epi32(_mm256_and_si256(slots[0], byte), _mm256_and_si256(slots[1], byte));
  const __m256i halves = _mm256_packus_epi16(both, both);
  const __m256i ordered = _mm256_permutevar8x32_epi32(halves, _mm256_setr_epi32(0, 4, 1, 5, 0, 4, 1, 5));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm256_castsi256_si128(ordered));
}

// Rounds of kVectors vectors, of which kStored are stored at a time.
template <uint32_t kVectors, uint32_t kStored, bool kTables>
size_t Rounds(const uint32_t* slots, const uint8_t* tables, RansStream* stream, uint8_t* out, size_t rounds) {
  constexpr uint32_t kLanes = kVectors * kWidth;
  __m256i states[kVectors];
  for (uint32_t v = 0; v < kVectors; v++) {
    states[v] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(stream->states + v * kWidth));
  }
  const uint8_t* at = stream->at;
  size_t round = 0;
  for (; round < rounds && stream->end - at >= static_cast<ptrdiff_t>(2 * kLanes); round++) {
#pragma GCC unroll 2
    for (uint32_t first = 0; first < kVectors; first += kStored) {
      __m256i found[kStored];
#pragma GCC unroll 4
      for (uint32_t v = 0; v < kStored; v++) {
        found[v] = Step<kTables>(&states[first + v], slots, tables, &at);
        if (kTables) tables += kWidth;
      }
      if (kStored == 4) {
        StoreSymbols(found, out);
      } else {
        StoreHalf(found, out);
      }
      out += kStored * kWidth;
    }
  }
  stream->at = at;
  for (uint32_t v = 0; v < kVectors; v++) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(stream->states + v * kWidth), states[v]);
  }
  return round;
}

template <uint32_t kVectors, uint32_t kStored>
size_t RoundsOf(const uint32_t* slots, const uint8_t* tables, RansStream* stream, uint8_t* out,
                size_t rounds) {
  return tables == nullptr ? Rounds<kVectors, kStored, false>(slots, tables, stream, out, rounds)
                           : Rounds<kVectors, kStored, true>(slots, tables, stream, out, rounds);
}

}  // namespace

void MakeSlotsAvx2(const uint32_t frequency[256], uint32_t total_log2, uint32_t* slots) {
  FillSlots<EightSlots>(frequency, total_log2, slots);
}

DecodeRoundsFunction RansRoundsAvx2(uint32_t lanes) {
  switch (lanes) {
    case 64:
      return RoundsOf<8, 4>;
    case 32:
      return RoundsOf<4, 4>;
    case 16:
      return RoundsOf<2, 2>;
    default:
      return nullptr;
  }
}

}  // namespace weightfold
