// Shared by the kernels for Arm that multiply by weights: products of codes of 8 bits, and the
// double-rounding epilogue, which on Arm is a handful of integer instructions (docs/design/rounding.md).
// Include only from arm_*.cc files.
#pragma once
#include <cstring>

#include "kernels/common/arm_neon.h"

namespace weightfold {
namespace {

constexpr int32_t kBlock = 8;  // channels that share a ChannelBlock

// Parameters of eight channels; places behind the last channel repeat it.
struct alignas(16) ChannelBlock {
  int32_t bias[kBlock];  // the input's zero point folded in
  int32_t multiplier[kBlock];
  int32_t shift[kBlock];
  int32_t channel[kBlock];
  bool scales_down;  // double rounding, and all shifts are below zero: then vectors can do it
  bool pairs_fit;    // sums of two products that are added as 16 bits cannot overflow
};

// Place 0 comes first: it sets what all places must agree on.
WEIGHTFOLD_INLINE void SetChannel(ChannelBlock* block, int i, int32_t channel, int32_t bias,
                                  const Requantization& r) {
  if (i == 0) {
    block->scales_down = r.rounding == Rounding::kDouble;
    block->pairs_fit = true;
  }
  block->bias[i] = bias;
  block->multiplier[i] = r.multiplier[channel];
  block->shift[i] = r.shift[channel];
  block->channel[i] = channel;
  block->scales_down &= r.shift[channel] < 0;
}

// Two products of codes fit in 16 bits together unless all four codes are −128.
WEIGHTFOLD_INLINE bool PairFits(int8_t w0, int8_t w1) { return w0 != INT8_MIN || w1 != INT8_MIN; }

// Adds 16 products to four sums. kPairs: products 8 apart are added as 16 bits (PairFits).
template <bool kPairs>
WEIGHTFOLD_INLINE int32x4_t AddProducts(int32x4_t sums, int8x16_t x, int8x16_t w) {
  const int16x8_t products = vmull_s8(vget_low_s8(x), vget_low_s8(w));
  if (kPairs) return vpadalq_s16(sums, vmlal_high_s8(products, x, w));
  return vpadalq_s16(vpadalq_s16(sums, products), vmull_high_s8(x, w));
}

// The sums of four vectors' lanes.
WEIGHTFOLD_INLINE int32x4_t AddLanes(const int32x4_t lanes[4]) {
  return vpaddq_s32(vpaddq_s32(lanes[0], lanes[1]), vpaddq_s32(lanes[2], lanes[3]));
}

// What scales the sums of a block that scales down, in registers: stores of codes might alias it in memory.
struct BlockScale {
  WEIGHTFOLD_INLINE explicit BlockScale(const ChannelBlock& b)
      : multiplier{vld1q_s32(b.multiplier), vld1q_s32(b.multiplier + 4)},
        shift{vld1q_s32(b.shift), vld1q_s32(b.shift + 4)} {}
  int32x4_t multiplier[2], shift[2];
};

// gemmlowp's two roundings for right shifts. sqrdmulh is the first; srshl rounds half up, so one is taken
// from negative values before it (ssra), to round half away from zero. That cannot wrap: multipliers are
// below 2^31, so no product is −2^31.
WEIGHTFOLD_INLINE int32x4_t ScaleDown(int32x4_t sums, int32x4_t multiplier, int32x4_t shift) {
  const int32x4_t high = vqrdmulhq_s32(sums, multiplier);
  return vrshlq_s32(vsraq_n_s32(high, high, 31), shift);
}

// Eight accumulators to codes as 16 bits. Saturating before the zero point is added changes no code.
WEIGHTFOLD_INLINE int16x8_t ScaleEight(int32x4_t low, int32x4_t high, const BlockScale& s,
                                       const OutputStage& stage) {
  const int16x4_t narrow = vqmovn_s32(ScaleDown(low, s.multiplier[0], s.shift[0]));
  const int16x8_t both = vqmovn_high_s32(narrow, ScaleDown(high, s.multiplier[1], s.shift[1]));
  return vqaddq_s16(both, stage.zero_point);
}

// The codes of a block that any rule may scale.
WEIGHTFOLD_INLINE void StoreByRule(uint8_t* to, const int32_t* sums, const ChannelBlock& b,
                                   const Requantization& r) {
  for (int i = 0; i < kBlock; ++i) to[i] = Requantize(sums[i], b.channel[i], r);
}

// Rarely needed, and kept apart: it would cost the loops before it registers.
__attribute__((noinline, noclone)) void StoreRowsByRule(uint8_t* const* to, size_t first,
                                                        const int32_t (*sums)[kBlock], int rows,
                                                        const ChannelBlock& b, const Requantization& r) {
  for (int i = 0; i < rows; ++i) StoreByRule(to[i] + first, sums[i], b, r);
}

// The sums of one block for a tile of rows, or pixels: eight codes to to[row] + first.
template <int kRows>
WEIGHTFOLD_INLINE void StoreRows(uint8_t* const* to, size_t first, const int32x4_t sums[kRows][2],
                                 const ChannelBlock& b, const OutputStage& stage) {
  if (!b.scales_down) {
    int32_t memory[kRows][kBlock];
#pragma GCC unroll 8
    for (int i = 0; i < kRows; ++i) {
      vst1q_s32(memory[i], sums[i][0]);
      vst1q_s32(memory[i] + 4, sums[i][1]);
    }
    return StoreRowsByRule(to, first, memory, kRows, b, *stage.requantization);
  }
  const BlockScale scale(b);
  const OutputStage local = stage;
#pragma GCC unroll 4
  for (int i = 0; i < kRows; i += 2) {
    const int16x8_t codes = ScaleEight(sums[i][0], sums[i][1], scale, local);
    if (i + 1 == kRows) {
      vst1_u8(to[i] + first, vget_low_u8(SixteenCodes(codes, codes, local)));
      return;
    }
    const int j = i + 1 < kRows ? i + 1 : i;
    const uint8x16_t two = SixteenCodes(codes, ScaleEight(sums[j][0], sums[j][1], scale, local), local);
    vst1_u8(to[i] + first, vget_low_u8(two));
    vst1_u8(to[j] + first, vget_high_u8(two));
  }
}

}  // namespace
}  // namespace weightfold
