// Shared by the AVX2 kernels: widening and the exact epilogue. Include only from *_avx2.cc files.
//
// Sixteen channels live in two registers in *pack order*: register v, lane 4h + j holds channel 8h + 4v + j.
// Then vpackssdw of the two gives the natural order without a permute, and vpunpck[lh]wd of sixteen 16-bit
// inputs, which depthwise needs, gives the same order.
#pragma once
#include <immintrin.h>

#include <cmath>
#include <cstring>

#include "base/requantize.h"
#include "kernels/common/widened_image.h"

namespace weightfold {
namespace {

#define WEIGHTFOLD_INLINE inline __attribute__((always_inline))

// Channel within a block of 16 that position `i` of the pack order holds.
WEIGHTFOLD_INLINE int PackedChannel(int i) { return ((i & 4) ? 8 : 0) + ((i & 8) ? 4 : 0) + (i & 3); }

// Bias (zero point of the input folded in) and requantization of 16 channels, in pack order.
struct alignas(64) ChannelBlock {
  int32_t bias[16];
  float scale[16];
  float half_step[16];  // 2^-(r+1) of docs/design/rounding.md; 0 where nothing is shifted right
  int32_t channel[16];  // for the repair in integers; kConstant: the bias is the rounded result
};
constexpr int32_t kConstant = -1;

// Estimates further than this from a tie are right (docs/design/rounding.md). The float mode needs no repair.
constexpr float kTrustEstimate = 0.5f - 1.0f / 16384;
constexpr float kTrustAlways = 1.0f, kTrustNever = -1.0f;

WEIGHTFOLD_INLINE float InitialTrust(const Requantization& r) {
  return r.rounding == Rounding::kFloat ? kTrustAlways : kTrustEstimate;
}

// Fills position i. `magnitude` bounds |accumulator|: where the estimate could leave 32 bits, *trust forbids
// it. `constant`: all weights are zero.
WEIGHTFOLD_INLINE void SetChannel(ChannelBlock* block, int i, int32_t channel, int32_t bias, double magnitude,
                                  bool constant, const Requantization& r, float* trust) {
  block->bias[i] = bias;
  block->channel[i] = channel;
  const int32_t shift = r.shift[channel];
  if (constant && r.rounding == Rounding::kDouble) {
    // Training leaves channels behind that do not depend on the input, with biases that no estimate could
    // hold.
    block->bias[i] = ClampInt(MultiplyByQuantizedMultiplier(bias, r.multiplier[channel], shift), -1024, 1024);
    block->scale[i] = 1;
    block->half_step[i] = 0;
    block->channel[i] = kConstant;
    return;
  }
  const double exact = std::ldexp(static_cast<double>(r.multiplier[channel]), shift - 31);
  const bool is_float = r.rounding == Rounding::kFloat;
  block->scale[i] = is_float ? r.scale[channel] : static_cast<float>(exact);
  block->half_step[i] =
      r.rounding == Rounding::kDouble && shift < 0 ? static_cast<float>(std::ldexp(1.0, shift - 1)) : 0.0f;
  const double growth = is_float ? r.scale[channel] : std::ldexp(1.0, shift > 0 ? shift : 0);
  if (magnitude >= 1073741824.0 || magnitude * growth >= 1073741824.0) *trust = kTrustNever;
}

// Repeats a group in integers: needed for the 0.3 to 1 % of groups that hold an estimate too close to a tie.
__attribute__((noinline, cold)) __m128i RepairRow(__m256i a0, __m256i a1, const ChannelBlock& block,
                                                  const Requantization& r) {
  alignas(32) int32_t sums[16];
  alignas(16) uint8_t codes[16];
  _mm256_store_si256(reinterpret_cast<__m256i*>(sums), a0);
  _mm256_store_si256(reinterpret_cast<__m256i*>(sums + 8), a1);
  for (int i = 0; i < 16; ++i) {
    const bool constant = block.channel[i] == kConstant;
    const int32_t code = ClampInt(sums[i] + r.zero_point, r.min, r.max);
    codes[PackedChannel(i)] =
        constant ? static_cast<uint8_t>(code) ^ r.flip : Requantize(sums[i], block.channel[i], r);
  }
  return _mm_load_si128(reinterpret_cast<const __m128i*>(codes));
}

WEIGHTFOLD_INLINE __m256i Estimate(__m256i sums, const float* scale, const float* half_step,
                                   __m256* distance) {
  const __m256 sign = _mm256_set1_ps(-0.0f);
  const __m256 value = _mm256_cvtepi32_ps(sums);
  const __m256 nudge = _mm256_or_ps(_mm256_and_ps(value, sign), _mm256_load_ps(half_step));
  const __m256 t = _mm256_fmadd_ps(value, _mm256_load_ps(scale), nudge);
  const __m256 rounded = _mm256_round_ps(t, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  *distance = _mm256_max_ps(*distance, _mm256_andnot_ps(sign, _mm256_sub_ps(t, rounded)));
  return _mm256_cvtps_epi32(t);
}

struct OutputStage {
  __m256i zero_point, min, max, flip;
  __m256 trust;

  explicit WEIGHTFOLD_INLINE OutputStage(const Requantization& r, float trusted)
      : zero_point(_mm256_set1_epi16(static_cast<int16_t>(r.zero_point))),
        min(_mm256_set1_epi8(static_cast<int8_t>(r.min))),
        max(_mm256_set1_epi8(static_cast<int8_t>(r.max))),
        flip(_mm256_set1_epi8(static_cast<int8_t>(r.flip))),
        trust(_mm256_set1_ps(trusted)) {}
};

// Two groups of 16 accumulators (pack order, bias included) to 32 codes: group a in the low half, b in the
// high one.
WEIGHTFOLD_INLINE __m256i RequantizeTwo(__m256i a0, __m256i a1, const ChannelBlock& a, __m256i b0, __m256i b1,
                                        const ChannelBlock& b, const OutputStage& stage,
                                        const Requantization& r) {
  __m256 distance = _mm256_setzero_ps();
  const __m256i va0 = Estimate(a0, a.scale, a.half_step, &distance);
  const __m256i va1 = Estimate(a1, a.scale + 8, a.half_step + 8, &distance);
  const __m256i vb0 = Estimate(b0, b.scale, b.half_step, &distance);
  const __m256i vb1 = Estimate(b1, b.scale + 8, b.half_step + 8, &distance);
  const __m256 doubt = _mm256_cmp_ps(distance, stage.trust, _CMP_GT_OQ);
  if (__builtin_expect(_mm256_movemask_ps(doubt), 0)) {
    return _mm256_set_m128i(RepairRow(b0, b1, b, r), RepairRow(a0, a1, a, r));
  }
  const __m256i wide_a = _mm256_adds_epi16(_mm256_packs_epi32(va0, va1), stage.zero_point);
  const __m256i wide_b = _mm256_adds_epi16(_mm256_packs_epi32(vb0, vb1), stage.zero_point);
  const __m256i codes = _mm256_permute4x64_epi64(_mm256_packs_epi16(wide_a, wide_b), 0xd8);
  return _mm256_xor_si256(_mm256_min_epi8(_mm256_max_epi8(codes, stage.min), stage.max), stage.flip);
}

// Stores the first `count` (1 to 16) bytes and writes nothing after them.
WEIGHTFOLD_INLINE void StoreFirst(uint8_t* to, __m128i codes, int32_t count) {
  if (count == 16) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), codes);
  } else if (count == 8) {
    _mm_storel_epi64(reinterpret_cast<__m128i*>(to), codes);
  } else {
    alignas(16) int8_t bytes[16];
    _mm_store_si128(reinterpret_cast<__m128i*>(bytes), codes);
    std::memcpy(to, bytes, static_cast<size_t>(count));
  }
}

// Codes to int16, n elements; reads up to 15 bytes and writes up to 15 elements beyond them.
WEIGHTFOLD_INLINE void Widen(int16_t* to, const uint8_t* from, size_t n, uint8_t flip) {
  const __m128i mask = _mm_set1_epi8(static_cast<int8_t>(flip));
  for (size_t i = 0; i < n; i += 16) {
    const __m128i stored = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i));
    const __m256i codes = _mm256_cvtepi8_epi16(_mm_xor_si128(stored, mask));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + i), codes);
  }
}

}  // namespace
}  // namespace weightfold
