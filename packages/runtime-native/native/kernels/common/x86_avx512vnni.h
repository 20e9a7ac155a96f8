// Shared by the AVX-512 VNNI kernels: the exact epilogue (docs/design/rounding.md). Include only from
// *_avx512vnni.cc files.
//
// Up to 64 accumulators are turned into codes at once. Four vectors of 32 bits are packed within their 128-bit
// lanes, so byte 16l + 4v + j of the result comes from vector v, lane 4l + j. Where the four vectors are 64
// channels, they hold them in this *pack order* and the codes come out in the natural one; vpunpck[lh] of bytes
// and of words, which depthwise needs, gives the same order.
#pragma once
#include <immintrin.h>

#include <cmath>
#include <cstring>

#include "base/image.h"
#include "base/requantize.h"

namespace weightfold {
namespace {

#define WEIGHTFOLD_INLINE inline __attribute__((always_inline))

// Bias (the zero point of the uint8 input folded in) and requantization of four vectors of channels.
struct alignas(64) ChannelBlock {
  int32_t bias[64];
  float scale[64];
  float half_step[64];  // 2^-(r+1) of docs/design/rounding.md; 0 where nothing is shifted right
  int32_t multiplier[64];
  int32_t shift[64];
  int32_t channel[64];
};

// Estimates further than this from a tie are right (docs/design/rounding.md). The float mode needs no repair.
constexpr float kTrustEstimate = 0.5f - 1.0f / 16384;
constexpr float kTrustAlways = 1.0f, kTrustNever = -1.0f;

WEIGHTFOLD_INLINE float InitialTrust(const Requantization& r) {
  return r.rounding == Rounding::kFloat ? kTrustAlways : kTrustEstimate;
}

// Sum and bound of |accumulator| of one channel's weights.
struct WeightSum {
  int32_t sum = 0;
  double magnitude = 0;

  WEIGHTFOLD_INLINE void Add(int32_t w) {
    sum = WrappingAdd(sum, w);
    magnitude += 255.0 * (w < 0 ? -w : w);
  }
};

// Fills place i. Where the estimate could leave 32 bits, *trust forbids it.
WEIGHTFOLD_INLINE void SetChannel(ChannelBlock* block, int i, int32_t channel, const int32_t* bias,
                                  int32_t input_zero_point, const WeightSum& weights, const Requantization& r,
                                  float* trust) {
  const int32_t own = bias ? bias[channel] : 0;
  block->bias[i] = WrappingAdd(own, WrappingMultiply(-(input_zero_point + 128), weights.sum));
  block->channel[i] = channel;
  const int32_t shift = r.shift[channel];
  block->multiplier[i] = r.multiplier[channel];
  block->shift[i] = shift;
  const double exact = std::ldexp(static_cast<double>(r.multiplier[channel]), shift - 31);
  const bool is_float = r.rounding == Rounding::kFloat;
  block->scale[i] = is_float ? r.scale[channel] : static_cast<float>(exact);
  block->half_step[i] =
      r.rounding == Rounding::kDouble && shift < 0 ? static_cast<float>(std::ldexp(1.0, shift - 1)) : 0.0f;
  const double magnitude = std::fabs(static_cast<double>(own)) + weights.magnitude;
  const double growth = is_float ? r.scale[channel] : std::ldexp(1.0, shift > 0 ? shift : 0);
  if (magnitude >= 1073741824.0 || magnitude * growth >= 1073741824.0) *trust = kTrustNever;
}

struct OutputStage {
  __m512i zero_point, min, max, flip;
  __m512 trust;

  explicit WEIGHTFOLD_INLINE OutputStage(const Requantization& r, float trusted)
      : zero_point(_mm512_set1_epi16(static_cast<int16_t>(r.zero_point + 128))),
        min(_mm512_set1_epi8(static_cast<int8_t>(r.min + 128))),
        max(_mm512_set1_epi8(static_cast<int8_t>(r.max + 128))),
        flip(_mm512_set1_epi8(static_cast<int8_t>(r.flip ^ kUnsignedFlip))),
        trust(_mm512_set1_ps(trusted)) {}
};

// Codes in pack order from values that are rounded, without zero point.
WEIGHTFOLD_INLINE __m512i PackCodes(const __m512i v[4], const OutputStage& stage) {
  const __m512i low = _mm512_adds_epi16(_mm512_packs_epi32(v[0], v[1]), stage.zero_point);
  const __m512i high = _mm512_adds_epi16(_mm512_packs_epi32(v[2], v[3]), stage.zero_point);
  const __m512i codes = _mm512_packus_epi16(low, high);
  return _mm512_xor_si512(_mm512_min_epu8(_mm512_max_epu8(codes, stage.min), stage.max), stage.flip);
}

// Where the parameters of vector v of four begin: all different, two pairs that are the same, or one for all.
template <int kVectors>
WEIGHTFOLD_INLINE constexpr int ParametersOf(int v) {
  return 16 * (kVectors == 2 ? v % 2 : kVectors == 1 ? 0 : v);
}

// The compiler would copy and spill accumulators of _mm512_dpbusd_epi32; bound to one register each, they stay.
WEIGHTFOLD_INLINE void MultiplyAdd(__m512i* sums, __m512i inputs, __m512i weights) {
  __asm__("vpdpbusd %2, %1, %0" : "+v"(*sums) : "v"(inputs), "v"(weights));
}

WEIGHTFOLD_INLINE __m512i BroadcastFour(const uint8_t* from) {
  __m512i inputs;
  __asm__ volatile("vpbroadcastd %1, %0" : "=v"(inputs) : "m"(*reinterpret_cast<const uint8_t(*)[4]>(from)));
  return inputs;
}

WEIGHTFOLD_INLINE __m512 LargerMagnitude(__m512 a, __m512 b) {
  constexpr int kLargerMagnitudePositive = 0xb;
  return _mm512_range_ps(a, b, kLargerMagnitudePositive);
}

// Four vectors of accumulators, bias included, to 64 codes in pack order. *doubt becomes true when one of them
// is too close to a tie to be trusted.
template <int kVectors>
WEIGHTFOLD_INLINE __m512i EstimateCodes(const __m512i sums[4], const ChannelBlock& block,
                                        const OutputStage& stage, bool* doubt) {
  __m512i rounded[4];
  __m512 distance[4];
#pragma GCC unroll 4
  for (int v = 0; v < 4; ++v) {
    const int at = ParametersOf<kVectors>(v);
    const __m512 value = _mm512_cvtepi32_ps(sums[v]);
    // half_step | (value & sign)
    const __m512 nudge = _mm512_castsi512_ps(
        _mm512_ternarylogic_epi32(_mm512_castps_si512(value), _mm512_load_si512(block.half_step + at),
                                  _mm512_set1_epi32(INT32_MIN), 0xec));
    const __m512 t = _mm512_fmadd_ps(value, _mm512_load_ps(block.scale + at), nudge);
    distance[v] = _mm512_reduce_ps(t, 0);
    rounded[v] = _mm512_cvtps_epi32(t);
  }
  const __m512 largest =
      LargerMagnitude(LargerMagnitude(distance[0], distance[1]), LargerMagnitude(distance[2], distance[3]));
  *doubt = _mm512_cmp_ps_mask(largest, stage.trust, _CMP_GT_OQ) != 0;
  return PackCodes(rounded, stage);
}

// gemmlowp's two roundings in integers.
WEIGHTFOLD_INLINE __m512i DoubleRounding(__m512i a, __m512i multiplier, __m512i shift) {
  const __m512i zero = _mm512_setzero_si512();
  const __m512i left = _mm512_max_epi32(shift, zero);
  const __m512i right = _mm512_max_epi32(_mm512_sub_epi32(zero, shift), zero);
  const __m512i round = _mm512_set1_epi64(1 << 30);
  a = _mm512_sllv_epi32(a, left);
  const __m512i even = _mm512_srli_epi64(_mm512_add_epi64(_mm512_mul_epi32(a, multiplier), round), 31);
  const __m512i odd_product = _mm512_mul_epi32(_mm512_srli_epi64(a, 32), _mm512_srli_epi64(multiplier, 32));
  const __m512i odd = _mm512_slli_epi64(_mm512_add_epi64(odd_product, round), 1);
  const __m512i high = _mm512_mask_blend_epi32(0xaaaa, even, odd);
  const __m512i mask = _mm512_sub_epi32(_mm512_sllv_epi32(_mm512_set1_epi32(1), right), _mm512_set1_epi32(1));
  const __m512i threshold = _mm512_sub_epi32(_mm512_srli_epi32(mask, 1), _mm512_srai_epi32(high, 31));
  const __mmask16 up = _mm512_cmpgt_epi32_mask(_mm512_and_si512(high, mask), threshold);
  const __m512i down = _mm512_srav_epi32(high, right);
  return _mm512_mask_add_epi32(down, up, down, _mm512_set1_epi32(1));
}

// 64 codes in pack order by the integer rule: for the groups that the estimate is not sure about.
template <int kVectors>
__attribute__((noinline, cold)) __m512i ExactCodes(const __m512i sums[4], const ChannelBlock& block,
                                                   const OutputStage& stage, const Requantization& r) {
  __m512i rounded[4];
  for (int v = 0; v < 4; ++v) {
    const int at = ParametersOf<kVectors>(v);
    rounded[v] = DoubleRounding(sums[v], _mm512_load_si512(block.multiplier + at),
                                _mm512_load_si512(block.shift + at));
  }
  if (r.rounding == Rounding::kDouble) return PackCodes(rounded, stage);
  alignas(64) uint8_t codes[64];
  alignas(64) int32_t values[64];
  for (int v = 0; v < 4; ++v) _mm512_store_si512(values + 16 * v, sums[v]);
  for (int i = 0; i < 64; ++i) {
    const int v = i % 16 / 4, lane = i / 16 * 4 + i % 4;
    codes[i] = Requantize(values[16 * v + lane], block.channel[ParametersOf<kVectors>(v) + lane], r);
  }
  return _mm512_load_si512(codes);
}

// The codes of four vectors of accumulators, exactly.
template <int kVectors>
WEIGHTFOLD_INLINE __m512i CodesOf(const __m512i sums[4], const ChannelBlock& block, const OutputStage& stage,
                                  const Requantization& r) {
  bool doubt;
  const __m512i codes = EstimateCodes<kVectors>(sums, block, stage, &doubt);
  if (__builtin_expect(!doubt, 1)) return codes;
  // A copy, so that `sums` itself can stay in registers.
  const __m512i again[4] = {sums[0], sums[1], sums[2], sums[3]};
  return ExactCodes<kVectors>(again, block, stage, r);
}

// Rows of one, two, three or four vectors of channels: which place of a ChannelBlock, and of 16 lanes of weights,
// a channel has so that RowsInOrder gives the natural order.
WEIGHTFOLD_INLINE int32_t PlaceOfChannel(int32_t vectors, int32_t channel) {
  const int32_t lanes = channel / (4 * vectors) * 4, v = channel / 4 % vectors;
  return 16 * v + lanes + channel % 4;
}

// Codes in pack order of four rows of 16 channels, two of 32, or one of 48 or 64, one row after the other.
template <int kVectors>
WEIGHTFOLD_INLINE __m512i RowsInOrder(__m512i codes) {
  if (kVectors == 1) {
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    return _mm512_permutexvar_epi32(order, codes);
  }
  if (kVectors == 2) return _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), codes);
  if (kVectors == 3) {
    const __m512i order = _mm512_setr_epi32(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 3, 7, 11, 15);
    return _mm512_permutexvar_epi32(order, codes);
  }
  return codes;
}

// A mask of the first `count` bytes.
WEIGHTFOLD_INLINE __mmask64 FirstBytes(size_t count) { return count >= 64 ? ~0ull : (1ull << count) - 1; }

}  // namespace
}  // namespace weightfold
