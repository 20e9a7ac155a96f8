// Shared by the AVX2 kernels: the exact epilogue (docs/design/rounding.md). Include only from *_avx2.cc
// files.
//
// Four registers of accumulators become 32 codes at once, in *pair order*: byte 16l + 8h + 2j + p comes from
// register 2h + p, lane 4l + j.
#pragma once
#include <immintrin.h>

#include <cmath>
#include <cstring>

#include "base/image.h"
#include "base/requantize.h"
#include "kernels/common/x86_accumulators.h"

namespace weightfold {
namespace {

// Bias (the zero point of the uint8 input folded in) and requantization of kPlaces channels, 8 to a register;
// of fewer than 8, each for all lanes of a register. Estimates are in 2^-16 of an output step.
template <int kPlaces>
struct alignas(64) ChannelBlock {
  int32_t bias[kPlaces];
  float scale[kPlaces];
  // Added to the estimate: zero point, a half, the error, and the half step 2^-(r+1) of
  // docs/design/rounding.md with the sign of the accumulator.
  float offset[kPlaces], offset_below_zero[kPlaces];
  int32_t limit[kPlaces];    // larger accumulators are past every code, and their estimates past 32 bits
  int32_t channel[kPlaces];  // for the repair in integers; kConstant: the bias is the rounded result
};
constexpr int32_t kConstant = -1;

// How far an estimate may be from the true value, and what of the channels holds for the layer.
constexpr int32_t kError = 4, kNeverTrust = 1 << 15;
struct alignas(64) Header {
  int32_t error = kError;
  bool limits = false;
};

// Before SetChannel: estimates of places that get no channel are never in doubt.
template <int kPlaces>
WEIGHTFOLD_INLINE void ClearChannels(ChannelBlock<kPlaces>* block) {
  std::memset(block, 0, sizeof(*block));
  for (int i = 0; i < kPlaces; ++i) block->offset[i] = block->offset_below_zero[i] = 32768;
}

// Fills place i of a block. Where estimates could leave 32 bits, the header forbids them.
template <int kPlaces>
WEIGHTFOLD_INLINE void SetChannel(ChannelBlock<kPlaces>* block, int i, int32_t channel, int32_t bias,
                                  const AccumulatorRange& range, const Requantization& r, Header* header) {
  const int32_t multiplier = r.multiplier[channel], shift = r.shift[channel];
  const bool is_float = r.rounding == Rounding::kFloat, is_double = r.rounding == Rounding::kDouble;
  const double offset = (r.zero_point + 128) * 65536.0 + 32768 + kError;
  const double half_step = is_double && shift < 0 ? std::ldexp(65536.0, shift - 1) : 0;
  const double scale = is_float ? r.scale[channel] : std::ldexp(static_cast<double>(multiplier), shift - 31);
  block->bias[i] = WrappingAdd(bias, WrappingMultiply(-range.zero_point, range.weight_sum()));
  block->scale[i] = static_cast<float>(scale * 65536);
  block->offset[i] = static_cast<float>(offset + half_step);
  block->offset_below_zero[i] = static_cast<float>(offset - half_step);
  block->limit[i] = INT32_MAX;
  block->channel[i] = channel;
  if (is_double && range.magnitude() == std::fabs(static_cast<double>(bias))) {
    // No weights: training leaves such channels behind, with biases that no estimate could hold.
    block->bias[i] = ClampInt(MultiplyByQuantizedMultiplier(bias, multiplier, shift), -1024, 1024);
    block->scale[i] = 65536;
    block->offset[i] = block->offset_below_zero[i] = static_cast<float>(offset);
    block->channel[i] = kConstant;
    return;
  }
  block->limit[i] = LimitOf(range, scale);
  if (block->limit[i] != INT32_MAX) header->limits = true;
  const double growth = std::ldexp(1.0, shift > 0 ? shift : 0);
  if (range.magnitude() >= kLargestSum || range.magnitude() * growth >= kLargestSum)
    header->error = kNeverTrust;
}

struct OutputStage {
  __m256i window;  // see EstimateCodes
  __m256i min, max, flip;
  bool limits;

  explicit WEIGHTFOLD_INLINE OutputStage(const Requantization& r, const Header& header)
      : window(_mm256_set1_epi16(static_cast<int16_t>(2 * header.error - 1))),
        min(_mm256_set1_epi8(static_cast<int8_t>(r.min + 128))),
        max(_mm256_set1_epi8(static_cast<int8_t>(r.max + 128))),
        flip(_mm256_set1_epi8(static_cast<int8_t>(r.flip ^ kUnsignedFlip))),
        limits(header.limits) {}
};

WEIGHTFOLD_INLINE __m256i LoadVector(const void* from) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(from));
}

// Four bytes to every lane of 32 bits.
WEIGHTFOLD_INLINE __m256i BroadcastFour(const void* from) {
  int32_t four;
  std::memcpy(&four, from, sizeof(four));
  return _mm256_set1_epi32(four);
}

// Which place of a block lane `lane` of register v has, and how its registers come from memory.
template <int kPlaces>
constexpr int PlaceOfLane(int v, int lane) {
  return kPlaces < 8 ? v : 8 * v + lane;
}
template <int kPlaces>
WEIGHTFOLD_INLINE __m256 LoadParameters(const float* of, int v) {
  return kPlaces < 8 ? _mm256_broadcast_ss(of + v) : _mm256_load_ps(of + 8 * v);
}
template <int kPlaces>
WEIGHTFOLD_INLINE __m256i LoadParameters(const int32_t* of, int v) {
  return kPlaces < 8 ? _mm256_set1_epi32(of[v]) : LoadVector(of + 8 * v);
}

// Four registers of accumulators, bias included, to 32 codes in pair order. The parameters of register v
// are those of register v % kVectors of the block. The estimates hold zero point, a half and the error: the
// high half is the code, unless the low half, unsigned, is within twice the error. *doubt becomes true where
// that is so.
template <int kVectors, int kPlaces>
WEIGHTFOLD_INLINE __m256i EstimateCodes(const __m256i sums[4], const ChannelBlock<kPlaces>& block,
                                        const OutputStage& stage, bool* doubt) {
  // Parameters are operands from memory each time: held for the next group, they would go to the stack.
  const ChannelBlock<kPlaces>* parameters = &block;
  __asm__("" : "+r"(parameters));
  __m256i v[4];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const int at = i % kVectors;
    __m256i sum = sums[i];
    if (__builtin_expect(stage.limits, 0))
      sum = _mm256_min_epi32(sum, LoadParameters<kPlaces>(parameters->limit, at));
    const __m256 offset = _mm256_blendv_ps(LoadParameters<kPlaces>(parameters->offset, at),
                                           LoadParameters<kPlaces>(parameters->offset_below_zero, at),
                                           _mm256_castsi256_ps(sum));
    v[i] = _mm256_cvtps_epi32(
        _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum), LoadParameters<kPlaces>(parameters->scale, at), offset));
  }
  const __m256i least = _mm256_min_epu16(_mm256_min_epu16(v[0], v[1]), _mm256_min_epu16(v[2], v[3]));
  const __m256i within = _mm256_cmpeq_epi16(_mm256_min_epu16(least, stage.window), least);
  constexpr int32_t kLowHalves = 0x33333333;
  *doubt = (_mm256_movemask_epi8(within) & kLowHalves) != 0;
  constexpr int kOddWords = 0xaa;
  const __m256i first = _mm256_blend_epi16(_mm256_srli_epi32(v[0], 16), v[1], kOddWords);
  const __m256i second = _mm256_blend_epi16(_mm256_srli_epi32(v[2], 16), v[3], kOddWords);
  const __m256i codes = _mm256_packus_epi16(first, second);
  return _mm256_xor_si256(_mm256_min_epu8(_mm256_max_epu8(codes, stage.min), stage.max), stage.flip);
}

// 32 codes in pair order by the integer rule: for the 0.4 % of groups that hold an estimate too close to a
// tie.
template <int kVectors, int kPlaces>
__attribute__((noinline, cold)) __m256i ExactCodes(const __m256i sums[4], const ChannelBlock<kPlaces>& block,
                                                   const Requantization& r) {
  alignas(32) int32_t values[32];
  alignas(32) uint8_t codes[32];
  for (int v = 0; v < 4; ++v) _mm256_store_si256(reinterpret_cast<__m256i*>(values + 8 * v), sums[v]);
  for (int i = 0; i < 32; ++i) {
    const int v = i % 16 / 8 * 2 + i % 2, lane = i / 16 * 4 + i % 8 / 2, value = values[8 * v + lane];
    const int32_t channel = block.channel[PlaceOfLane<kPlaces>(v % kVectors, lane)];
    const int32_t code = ClampInt(value + r.zero_point, r.min, r.max);
    codes[i] = channel == kConstant ? static_cast<uint8_t>(code) ^ r.flip : Requantize(value, channel, r);
  }
  return _mm256_load_si256(reinterpret_cast<const __m256i*>(codes));
}

// The codes of four registers of accumulators, exactly.
template <int kVectors, int kPlaces>
WEIGHTFOLD_INLINE __m256i CodesOf(const __m256i sums[4], const ChannelBlock<kPlaces>& block,
                                  const OutputStage& stage, const Requantization& r) {
  bool doubt;
  const __m256i codes = EstimateCodes<kVectors>(sums, block, stage, &doubt);
  if (__builtin_expect(!doubt, 1)) return codes;
  // A copy, so that `sums` itself can stay in registers.
  const __m256i again[4] = {sums[0], sums[1], sums[2], sums[3]};
  return ExactCodes<kVectors>(again, block, r);
}

// Codes in pair order: one register after the other, in the order of their lanes.
WEIGHTFOLD_INLINE __m256i RegistersInOrder(__m256i codes) {
  const __m256i quarters =
      _mm256_shuffle_epi8(codes, _mm256_setr_epi8(0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15,  //
                                                  0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15));
  return _mm256_permutevar8x32_epi32(quarters, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

// Rows of two registers of channels: which place of a ChannelBlock, and of 16 lanes of weights, a channel has
// so that RowsInOrder gives the natural order.
WEIGHTFOLD_INLINE int32_t PlaceOfChannel(int32_t channel) {
  return channel % 2 * 8 + channel / 8 * 4 + channel % 8 / 2;
}

// Codes in pair order of four rows of one register of channels, or two of two, one row after the other.
template <int kVectors>
WEIGHTFOLD_INLINE __m256i RowsInOrder(__m256i codes) {
  return kVectors == 1 ? RegistersInOrder(codes) : _mm256_permute4x64_epi64(codes, 0xd8);
}

WEIGHTFOLD_INLINE int32_t AtMost16(size_t bytes) { return bytes < 16 ? static_cast<int32_t>(bytes) : 16; }

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

}  // namespace
}  // namespace weightfold
