// Shared by the NEON kernels: widening and the double-rounding epilogue, which on Arm is a handful of integer
// instructions (docs/design/rounding.md). Include only from arm_*.cc files.
#pragma once
#include <arm_neon.h>

#include <cstring>

#include "base/requantize.h"
#include "kernels/common/widened_image.h"

namespace weightfold {
namespace {

#define WEIGHTFOLD_INLINE inline __attribute__((always_inline))

// Parameters of eight channels; places behind the last channel repeat it.
struct alignas(16) ChannelBlock {
  int32_t bias[8];  // the input's zero point folded in
  int32_t multiplier[8];
  int32_t left[8];
  int32_t right[8];  // negative or zero, as srshl wants it
  int32_t channel[8];
};

WEIGHTFOLD_INLINE void SetChannel(ChannelBlock* block, int i, int32_t channel, int32_t bias,
                                  const Requantization& r) {
  block->bias[i] = bias;
  block->multiplier[i] = r.multiplier[channel];
  block->left[i] = MaxInt(r.shift[channel], 0);
  block->right[i] = MinInt(r.shift[channel], 0);
  block->channel[i] = channel;
}

// gemmlowp's two roundings. sqrdmulh is the first; srshl rounds half up, so one is taken from negative values
// before it to round half away from zero.
WEIGHTFOLD_INLINE int32x4_t DoubleRounding(int32x4_t sums, const ChannelBlock& b, int at) {
  const int32x4_t right = vld1q_s32(b.right + at);
  const int32x4_t shifted = vshlq_s32(sums, vld1q_s32(b.left + at));
  const int32x4_t high = vqrdmulhq_s32(shifted, vld1q_s32(b.multiplier + at));
  const int32x4_t nudge = vshrq_n_s32(vandq_s32(high, right), 31);
  return vrshlq_s32(vqaddq_s32(high, nudge), right);
}

// Eight accumulators, bias included, to eight codes.
WEIGHTFOLD_INLINE uint8x8_t RequantizeEight(int32x4_t low, int32x4_t high, const ChannelBlock& b,
                                            const Requantization& r) {
  if (r.rounding != Rounding::kDouble) {
    int32_t sums[8];
    uint8_t codes[8];
    vst1q_s32(sums, low);
    vst1q_s32(sums + 4, high);
    for (int i = 0; i < 8; ++i) codes[i] = Requantize(sums[i], b.channel[i], r);
    return vld1_u8(codes);
  }
  const int32x4_t zero_point = vdupq_n_s32(r.zero_point);
  const int32x4_t a = vqaddq_s32(DoubleRounding(low, b, 0), zero_point);
  const int32x4_t c = vqaddq_s32(DoubleRounding(high, b, 4), zero_point);
  const int8x8_t codes = vqmovn_s16(vcombine_s16(vqmovn_s32(a), vqmovn_s32(c)));
  const int8x8_t clamped =
      vmin_s8(vmax_s8(codes, vdup_n_s8(static_cast<int8_t>(r.min))), vdup_n_s8(static_cast<int8_t>(r.max)));
  return veor_u8(vreinterpret_u8_s8(clamped), vdup_n_u8(r.flip));
}

// Stores the first `count` (1 to 8) bytes and writes nothing after them.
WEIGHTFOLD_INLINE void StoreFirst(uint8_t* to, uint8x8_t codes, int32_t count) {
  if (count == 8) {
    vst1_u8(to, codes);
    return;
  }
  uint8_t bytes[8];
  vst1_u8(bytes, codes);
  std::memcpy(to, bytes, static_cast<size_t>(count));
}

// Codes to int16, n elements; reads up to 15 bytes and writes up to 15 elements beyond them.
WEIGHTFOLD_INLINE void Widen(int16_t* to, const uint8_t* from, size_t n, uint8_t flip) {
  for (size_t i = 0; i < n; i += 16) {
    const int8x16_t codes = vreinterpretq_s8_u8(veorq_u8(vld1q_u8(from + i), vdupq_n_u8(flip)));
    vst1q_s16(to + i, vmovl_s8(vget_low_s8(codes)));
    vst1q_s16(to + i + 8, vmovl_high_s8(codes));
  }
}

}  // namespace
}  // namespace weightfold
