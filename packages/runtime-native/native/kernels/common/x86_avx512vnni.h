// Shared by the AVX-512 VNNI kernels: the exact epilogue (docs/design/rounding.md). Include only from
// *_avx512vnni.cc files.
//
// Four vectors of accumulators become 64 codes at once, in *pair order*: byte 16l + 8h + 2j + p comes from
// vector 2h + p, lane 4l + j. Which channel lies where is chosen so that rows of codes come out in their
// natural order.
#pragma once
#include <immintrin.h>

#include <cmath>
#include <cstring>

#include "base/image.h"
#include "base/requantize.h"
#include "kernels/common/x86_accumulators.h"

namespace weightfold {
namespace {

// Bias (the zero point of the uint8 input folded in) and requantization of four vectors of channels.
// Estimates are in 2^-16 of an output step.
struct alignas(64) ChannelBlock {
  int32_t bias[64];
  float scale[64];
  float half_step[64];  // 2^-(r+1) of docs/design/rounding.md; 0 where nothing is shifted right
  int32_t limit[64];    // larger accumulators are past every code, and their estimates past 32 bits
  int32_t multiplier[64];
  int32_t shift[64];
  int32_t channel[64];
};

// How far an estimate may be from the true value, and what of the channels holds for the layer. Sums below
// 2^24 are exact as floats.
constexpr int32_t kErrorOfExactFloats = 2, kErrorOfFloats = 3, kNeverTrust = 1 << 15;
struct alignas(64) Header {
  int32_t error = kErrorOfExactFloats;
  bool limits = false;
};

// A channel that does not depend on the input gives `rounded`, at most what keeps every code's distance from
// it. Training leaves such channels behind, with biases that no estimate could hold.
WEIGHTFOLD_INLINE void SetConstant(ChannelBlock* block, int i, int32_t rounded) {
  block->bias[i] = ClampInt(rounded, -1024, 1024);
  block->scale[i] = 65536;
  block->half_step[i] = 0;
  block->limit[i] = INT32_MAX;
  block->multiplier[i] = 1 << 30;  // times two, by the shift: one
  block->shift[i] = 1;
}

// Fills place i of a block. Where estimates could leave 32 bits, the header forbids them.
WEIGHTFOLD_INLINE void SetChannel(ChannelBlock* block, int i, int32_t channel, int32_t bias,
                                  const AccumulatorRange& range, const Requantization& r, Header* header) {
  const int32_t multiplier = r.multiplier[channel], shift = r.shift[channel];
  block->channel[i] = channel;
  if (r.rounding == Rounding::kDouble && range.magnitude() == std::fabs(static_cast<double>(bias))) {
    return SetConstant(block, i, MultiplyByQuantizedMultiplier(bias, multiplier, shift));
  }
  const bool is_float = r.rounding == Rounding::kFloat;
  const double scale = is_float ? r.scale[channel] : std::ldexp(static_cast<double>(multiplier), shift - 31);
  block->bias[i] = WrappingAdd(bias, WrappingMultiply(-range.zero_point, range.weight_sum()));
  block->scale[i] = static_cast<float>(scale * 65536);
  const bool nudges = r.rounding == Rounding::kDouble && shift < 0;
  block->half_step[i] = nudges ? static_cast<float>(std::ldexp(65536.0, shift - 1)) : 0.0f;
  block->multiplier[i] = multiplier;
  block->shift[i] = shift;
  block->limit[i] = LimitOf(range, scale);
  if (block->limit[i] != INT32_MAX) header->limits = true;
  const double growth = std::ldexp(1.0, shift > 0 ? shift : 0);
  if (range.magnitude() >= 16777216.0) header->error = MaxInt(header->error, kErrorOfFloats);
  if (range.magnitude() >= kLargestSum || range.magnitude() * growth >= kLargestSum)
    header->error = kNeverTrust;
}

struct OutputStage {
  __m512i offset, window;  // see EstimateCodes
  __m512i zero_point, min, max, flip;
  bool limits;

  explicit WEIGHTFOLD_INLINE OutputStage(const Requantization& r, const Header& header)
      : offset(_mm512_set1_epi32(((r.zero_point + 128) << 16) + (1 << 15) + header.error)),
        window(_mm512_set1_epi16(static_cast<int16_t>(2 * header.error - 1))),
        zero_point(_mm512_set1_epi32(r.zero_point + 128)),
        min(_mm512_set1_epi8(static_cast<int8_t>(r.min + 128))),
        max(_mm512_set1_epi8(static_cast<int8_t>(r.max + 128))),
        flip(_mm512_set1_epi8(static_cast<int8_t>(r.flip ^ kUnsignedFlip))),
        limits(header.limits) {}
};

// Codes in pair order from values whose high halves are uint8 codes beyond their range.
WEIGHTFOLD_INLINE __m512i JoinCodes(const __m512i v[4], const OutputStage& stage) {
  constexpr __mmask32 kHighHalves = 0xaaaaaaaa;
  const __m512i first = _mm512_mask_blend_epi16(kHighHalves, _mm512_srli_epi32(v[0], 16), v[1]);
  const __m512i second = _mm512_mask_blend_epi16(kHighHalves, _mm512_srli_epi32(v[2], 16), v[3]);
  const __m512i codes = _mm512_packus_epi16(first, second);
  return _mm512_xor_si512(_mm512_min_epu8(_mm512_max_epu8(codes, stage.min), stage.max), stage.flip);
}

// Where the parameters of vector v of four begin: all different, two pairs that are the same, or one for all.
template <int kVectors>
WEIGHTFOLD_INLINE constexpr int ParametersOf(int v) {
  return 16 * (kVectors == 4 ? v : v % kVectors);
}

// The compiler would copy and spill accumulators of _mm512_dpbusd_epi32; bound to one register each, they
// stay.
WEIGHTFOLD_INLINE void MultiplyAdd(__m512i* sums, __m512i inputs, __m512i weights) {
  __asm__ volatile("vpdpbusd %2, %1, %0" : "+v"(*sums) : "v"(inputs), "v"(weights));
}

WEIGHTFOLD_INLINE __m512i BroadcastFour(const uint8_t* from) {
  __m512i inputs;
  __asm__ volatile("vpbroadcastd %1, %0" : "=v"(inputs) : "m"(*reinterpret_cast<const uint8_t (*)[4]>(from)));
  return inputs;
}

// Adds zero point, a half and the error to estimates in 2^-16 of a step: then the high half is the code,
// unless the low half, unsigned, is within twice the error. *doubt becomes true where that is so.
WEIGHTFOLD_INLINE __m512i RoundEstimates(const __m512i estimates[4], const OutputStage& stage, bool* doubt) {
  __m512i v[4];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) v[i] = _mm512_add_epi32(estimates[i], stage.offset);
  const __m512i least = _mm512_min_epu16(_mm512_min_epu16(v[0], v[1]), _mm512_min_epu16(v[2], v[3]));
  constexpr __mmask32 kLowHalves = 0x55555555;
  *doubt = _mm512_mask_cmple_epu16_mask(kLowHalves, least, stage.window) != 0;
  return JoinCodes(v, stage);
}

// Four vectors of accumulators, bias included, to 64 codes in pair order, unless there is doubt.
template <int kVectors>
WEIGHTFOLD_INLINE __m512i EstimateCodes(const __m512i sums[4], const ChannelBlock& block,
                                        const OutputStage& stage, bool* doubt) {
  __m512i estimates[4];
#pragma GCC unroll 4
  for (int v = 0; v < 4; ++v) {
    const int at = ParametersOf<kVectors>(v);
    __m512i sum = sums[v];
    if (__builtin_expect(stage.limits, 0)) sum = _mm512_min_epi32(sum, _mm512_load_si512(block.limit + at));
    const __m512 value = _mm512_cvtepi32_ps(sum);
    // half_step | (value & sign)
    const __m512 nudge = _mm512_castsi512_ps(
        _mm512_ternarylogic_epi32(_mm512_castps_si512(value), _mm512_load_si512(block.half_step + at),
                                  _mm512_set1_epi32(INT32_MIN), 0xec));
    estimates[v] = _mm512_cvtps_epi32(_mm512_fmadd_ps(value, _mm512_load_ps(block.scale + at), nudge));
  }
  return RoundEstimates(estimates, stage, doubt);
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

// Codes in pair order from values that are rounded, without zero point.
WEIGHTFOLD_INLINE __m512i JoinRounded(const __m512i rounded[4], const OutputStage& stage) {
  const __m512i most = _mm512_set1_epi32(1024), least = _mm512_set1_epi32(-1024);
  __m512i v[4];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const __m512i near = _mm512_min_epi32(_mm512_max_epi32(rounded[i], least), most);
    v[i] = _mm512_slli_epi32(_mm512_add_epi32(near, stage.zero_point), 16);
  }
  return JoinCodes(v, stage);
}

// 64 codes in pair order by the integer rule: for the groups that the estimate is not sure about.
template <int kVectors>
__attribute__((noinline, cold)) __m512i ExactCodes(const __m512i sums[4], const ChannelBlock& block,
                                                   const OutputStage& stage, const Requantization& r) {
  if (r.rounding == Rounding::kDouble) {
    __m512i rounded[4];
    for (int v = 0; v < 4; ++v) {
      const int at = ParametersOf<kVectors>(v);
      rounded[v] = DoubleRounding(sums[v], _mm512_load_si512(block.multiplier + at),
                                  _mm512_load_si512(block.shift + at));
    }
    return JoinRounded(rounded, stage);
  }
  alignas(64) uint8_t codes[64];
  alignas(64) int32_t values[64];
  for (int v = 0; v < 4; ++v) _mm512_store_si512(values + 16 * v, sums[v]);
  for (int i = 0; i < 64; ++i) {
    const int v = i % 16 / 8 * 2 + i % 2, lane = i / 16 * 4 + i % 8 / 2;
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

// Codes from pair order to *pack order*: byte 16l + 4v + j comes from vector v, lane 4l + j, as it does when
// vectors are packed twice or bytes unpacked twice.
WEIGHTFOLD_INLINE __m512i PackOrder(__m512i codes) {
  const __m128i order = _mm_setr_epi8(0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15);
  return _mm512_shuffle_epi8(codes, _mm512_broadcast_i32x4(order));
}

// Rows of one, two, three or four vectors of channels: which place of a ChannelBlock, and of 16 lanes of
// weights, a channel has so that RowsInOrder gives the natural order.
WEIGHTFOLD_INLINE int32_t PlaceOfChannel(int32_t vectors, int32_t channel) {
  if (vectors == 1) return channel;
  const int32_t own = 4 * vectors, quarter = channel / own, within = channel % own;
  // In a quarter, pairs of vectors alternate; a third vector follows.
  const int32_t pair = within / 8 * 2, rest = within % 8;
  const bool alone = vectors == 3 && pair == 2;
  return 16 * (alone ? 2 : pair + rest % 2) + 4 * quarter + (alone ? rest : rest / 2);
}

// Codes in pair order of four rows of 16 channels, two of 32, or one of 48 or 64, one row after the other.
template <int kVectors>
WEIGHTFOLD_INLINE __m512i RowsInOrder(__m512i codes) {
  if (kVectors == 1) {
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    return _mm512_permutexvar_epi32(order, PackOrder(codes));
  }
  if (kVectors == 2) return _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), codes);
  if (kVectors == 3) {
    const __m128i third = _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, -1, -1, -1, -1);
    const __m512i order = _mm512_setr_epi32(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 3, 7, 11, 15);
    return _mm512_permutexvar_epi32(order, _mm512_shuffle_epi8(codes, _mm512_broadcast_i32x4(third)));
  }
  return codes;
}

// Adds 64 uint8 codes to four vectors of sums, 16 codes each in their order.
WEIGHTFOLD_INLINE void AddCodes(__m512i codes, __m512i sums[4]) {
  sums[0] = _mm512_add_epi32(sums[0], _mm512_cvtepu8_epi32(_mm512_castsi512_si128(codes)));
  sums[1] = _mm512_add_epi32(sums[1], _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(codes, 1)));
  sums[2] = _mm512_add_epi32(sums[2], _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(codes, 2)));
  sums[3] = _mm512_add_epi32(sums[3], _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(codes, 3)));
}

// A mask of the first `count` bytes.
WEIGHTFOLD_INLINE __mmask64 FirstBytes(size_t count) { return count >= 64 ? ~0ull : (1ull << count) - 1; }

}  // namespace
}  // namespace weightfold
