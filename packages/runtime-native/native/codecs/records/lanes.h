// The 16 lanes of a row: a count of symbols seen in lane 0, cumulative frequencies in the others. Two
// versions that compute the same; which one a decoder uses is a template argument.
#ifndef WEIGHTFOLD_CODECS_RECORDS_LANES_H_
#define WEIGHTFOLD_CODECS_RECORDS_LANES_H_

#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace weightfold {

constexpr uint32_t kNibbleTotalLog2 = 15;
constexpr uint32_t kNibbleFloor = 4;
constexpr uint32_t kNibbleAdapted = (1u << kNibbleTotalLog2) - 16 * kNibbleFloor;

struct NibbleRow {
  alignas(16) uint16_t lane[16];
};

// Cumulative frequencies of one symbol, 17 of them: 0 to 2^15.
struct NibbleRanges {
  alignas(16) uint16_t start[24];
};

struct PortableLanes {
  // Fills the ranges and returns the symbol whose range holds slot.
  static uint32_t Find(const NibbleRow& row, uint32_t slot, NibbleRanges* ranges) {
    for (uint32_t s = 1; s < 16; s++)
      ranges->start[s] = static_cast<uint16_t>(row.lane[s] + kNibbleFloor * s);
    return Search(slot, ranges);
  }
  static uint32_t FindMixed(const NibbleRow& first, const NibbleRow& second, uint32_t weight, uint32_t slot,
                            NibbleRanges* ranges) {
    for (uint32_t s = 1; s < 16; s++) {
      const int32_t difference = static_cast<int32_t>(second.lane[s]) - first.lane[s];
      const int32_t step = (difference * static_cast<int32_t>(weight)) >> 16;
      ranges->start[s] =
          static_cast<uint16_t>(first.lane[s] + 2 * step + static_cast<int32_t>(kNibbleFloor * s));
    }
    return Search(slot, ranges);
  }
  static void Adapt(NibbleRow* row, uint32_t symbol, uint32_t rate, uint32_t count_step) {
    for (uint32_t s = 1; s < 16; s++) {
      const int32_t target = s > symbol ? static_cast<int32_t>(kNibbleAdapted) : 0;
      const int32_t difference = target - row->lane[s];
      row->lane[s] = static_cast<uint16_t>(row->lane[s] + ((difference * static_cast<int32_t>(rate)) >> 16));
    }
    row->lane[0] = static_cast<uint16_t>(row->lane[0] + count_step);
  }

 private:
  static uint32_t Search(uint32_t slot, NibbleRanges* ranges) {
    uint32_t symbol = 0;
    for (uint32_t s = 1; s < 16; s++) symbol += ranges->start[s] <= slot;
    return symbol;
  }
};

#if defined(__SSE2__)
struct Sse2Lanes {
  static uint32_t Find(const NibbleRow& row, uint32_t slot, NibbleRanges* ranges) {
    return Search(Load(row.lane), Load(row.lane + 8), slot, ranges);
  }
  static uint32_t FindMixed(const NibbleRow& first, const NibbleRow& second, uint32_t weight, uint32_t slot,
                            NibbleRanges* ranges) {
    const __m128i weights = _mm_set1_epi16(static_cast<int16_t>(weight));
    return Search(Mix(Load(first.lane), Load(second.lane), weights),
                  Mix(Load(first.lane + 8), Load(second.lane + 8), weights), slot, ranges);
  }
  static void Adapt(NibbleRow* row, uint32_t symbol, uint32_t rate, uint32_t count_step) {
    const __m128i symbols = _mm_set1_epi16(static_cast<int16_t>(symbol));
    const __m128i rates = _mm_set1_epi16(static_cast<int16_t>(rate));
    const __m128i low = Load(row->lane);
    const __m128i high = Load(row->lane + 8);
    const __m128i low_step = _mm_mulhi_epi16(_mm_sub_epi16(Target(LowIndices(), symbols), low), rates);
    const __m128i high_step = _mm_mulhi_epi16(_mm_sub_epi16(Target(HighIndices(), symbols), high), rates);
    const __m128i counted = _mm_cvtsi32_si128(static_cast<int>(count_step));
    const __m128i steps = _mm_or_si128(_mm_and_si128(low_step, NotFirst()), counted);
    Store(row->lane, _mm_add_epi16(low, steps));
    Store(row->lane + 8, _mm_add_epi16(high, high_step));
  }

 private:
  static __m128i Load(const uint16_t* from) { return _mm_load_si128(reinterpret_cast<const __m128i*>(from)); }
  static void Store(uint16_t* to, __m128i value) { _mm_store_si128(reinterpret_cast<__m128i*>(to), value); }
  static __m128i LowIndices() { return _mm_setr_epi16(0, 1, 2, 3, 4, 5, 6, 7); }
  static __m128i HighIndices() { return _mm_setr_epi16(8, 9, 10, 11, 12, 13, 14, 15); }
  static __m128i NotFirst() { return _mm_setr_epi16(0, -1, -1, -1, -1, -1, -1, -1); }
  static __m128i Target(__m128i indices, __m128i symbols) {
    return _mm_and_si128(_mm_cmpgt_epi16(indices, symbols), _mm_set1_epi16(kNibbleAdapted));
  }
  static __m128i Mix(__m128i first, __m128i second, __m128i weights) {
    const __m128i step = _mm_mulhi_epi16(_mm_sub_epi16(second, first), weights);
    return _mm_add_epi16(first, _mm_add_epi16(step, step));
  }
  static uint32_t Search(__m128i low, __m128i high, uint32_t slot, NibbleRanges* ranges) {
    const __m128i slots = _mm_set1_epi16(static_cast<int16_t>(slot));
    const __m128i low_start = _mm_and_si128(_mm_add_epi16(low, _mm_slli_epi16(LowIndices(), 2)), NotFirst());
    const __m128i high_start = _mm_add_epi16(high, _mm_slli_epi16(HighIndices(), 2));
    Store(ranges->start, low_start);
    Store(ranges->start + 8, high_start);
    const __m128i above =
        _mm_packs_epi16(_mm_cmpgt_epi16(low_start, slots), _mm_cmpgt_epi16(high_start, slots));
    const uint32_t mask = static_cast<uint32_t>(_mm_movemask_epi8(above)) | 0x10000u;
    return static_cast<uint32_t>(__builtin_ctz(mask)) - 1;
  }
};
using NibbleLanes = Sse2Lanes;
#else
using NibbleLanes = PortableLanes;
#endif

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_RECORDS_LANES_H_
