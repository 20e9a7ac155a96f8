// smull and smlal on codes, sadalp to 32 bits: 16 products in three instructions, where 16-bit inputs take
// four. A tile is up to 2 pixels × 8 channels; the four lanes of a sum are added at the end.
//
// Packed weights of a block of 8 channels: [step of 16][channel][16], and where 8 or fewer are left over
// [channel][8].
#include "base/cpu.h"
#include "kernels/conv/arm_pixels.h"

namespace weightfold {
namespace {

// GCC 12 would begin with the products of all channels, and run out of registers: these empty statements put
// two channels before the next two. The four chains within are independent, as cores that execute in order
// need them.
template <int kRows, typename Codes>
WEIGHTFOLD_INLINE void FinishTwoChannels(int32x4_t lanes[kRows][kBlock], int i, Codes codes[kRows]) {
  if (i + 2 == kBlock) return;
#pragma GCC unroll 2
  for (int r = 0; r < kRows; ++r) __asm__("" : "+w"(lanes[r][i]), "+w"(lanes[r][i + 1]), "+w"(codes[r]));
}

// Sixteen products of each pixel with two channels.
template <int kRows, bool kPairs>
WEIGHTFOLD_INLINE void AddStep(int32x4_t lanes[kRows][kBlock], int i, int8x16_t codes[kRows],
                               const int8_t* w) {
  const int8x16_t w0 = vld1q_s8(w), w1 = vld1q_s8(w + 16);
#pragma GCC unroll 2
  for (int r = 0; r < kRows; ++r) {
    lanes[r][i] = AddProducts<kPairs>(lanes[r][i], codes[r], w0);
    lanes[r][i + 1] = AddProducts<kPairs>(lanes[r][i + 1], codes[r], w1);
  }
  FinishTwoChannels<kRows>(lanes, i, codes);
}

// Eight products of each.
template <int kRows>
WEIGHTFOLD_INLINE void AddHalfStep(int32x4_t lanes[kRows][kBlock], int i, int8x8_t codes[kRows],
                                   const int8_t* w) {
  const int8x8_t w0 = vld1_s8(w), w1 = vld1_s8(w + 8);
#pragma GCC unroll 2
  for (int r = 0; r < kRows; ++r) {
    lanes[r][i] = vpadalq_s16(lanes[r][i], vmull_s8(codes[r], w0));
    lanes[r][i + 1] = vpadalq_s16(lanes[r][i + 1], vmull_s8(codes[r], w1));
  }
  FinishTwoChannels<kRows>(lanes, i, codes);
}

struct Neon {
  // Steps of 16; up to 8 codes that are left are half a step.
  static size_t WholeSteps(size_t depth) { return (depth + 7) / 16; }
  static size_t WeightBytes(size_t depth) { return kBlock * RoundUp(depth, 8); }
  static size_t PlaceOf(size_t depth, size_t k, int i) {
    const size_t step = k / 16, width = step < WholeSteps(depth) ? 16 : 8;
    return step * kBlock * 16 + i * width + k % 16;
  }

  template <int kRows, bool kPairs>
  static WEIGHTFOLD_INLINE void Tile(const Chunk& chunk, int32_t at, size_t first, const Window& window,
                                     const ChannelBlock& block, const OutputStage& stage) {
    const int8_t* w = reinterpret_cast<const int8_t*>(&block + 1);
    const int8_t* x[kRows];
    int32x4_t lanes[kRows][kBlock];
#pragma GCC unroll 2
    for (int r = 0; r < kRows; ++r) {
      x[r] = chunk.inputs[at + r];
#pragma GCC unroll 8
      for (int i = 0; i < kBlock; ++i) lanes[r][i] = vdupq_n_s32(0);
    }
    for (size_t step = 0; step < window.steps; ++step, w += kBlock * 16) {
      const size_t k = window.offsets[step];
      int8x16_t codes[kRows];
#pragma GCC unroll 2
      for (int r = 0; r < kRows; ++r) codes[r] = vld1q_s8(x[r] + k);
#pragma GCC unroll 4
      for (int i = 0; i < kBlock; i += 2) AddStep<kRows, kPairs>(lanes, i, codes, w + 16 * i);
    }
    if (window.rest > 0) {
      int8x8_t codes[kRows];
#pragma GCC unroll 2
      for (int r = 0; r < kRows; ++r) codes[r] = vld1_s8(x[r] + window.offsets[window.steps]);
#pragma GCC unroll 4
      for (int i = 0; i < kBlock; i += 2) AddHalfStep<kRows>(lanes, i, codes, w + 8 * i);
    }
    int32x4_t sums[kRows][2];
#pragma GCC unroll 2
    for (int r = 0; r < kRows; ++r) {
      sums[r][0] = vaddq_s32(AddLanes(lanes[r]), vld1q_s32(block.bias));
      sums[r][1] = vaddq_s32(AddLanes(lanes[r] + 4), vld1q_s32(block.bias + 4));
    }
    if (chunk.corrected) AddCorrection<kRows>(chunk, at, sums);
    StoreRows<kRows>(chunk.outputs + at, first, sums, block, stage);
  }

  template <bool kPairs>
  static void RunPixels(const Chunk& chunk, size_t first, const Window& w, const ChannelBlock& block,
                        const OutputStage& stage) {
    // In registers: stores of codes might alias it in memory.
    const Window window = {w.offsets, w.steps + (w.rest > 8), w.rest > 8 ? 0 : w.rest};
    int32_t at = 0;
    for (; at + 2 <= chunk.count; at += 2) Tile<2, kPairs>(chunk, at, first, window, block, stage);
    if (at < chunk.count) Tile<1, kPairs>(chunk, at, first, window, block, stage);
  }

  static void RunBlock(const Chunk& chunk, size_t first, const Window& window, const ChannelBlock& block,
                       const OutputStage& stage) {
    block.pairs_fit ? RunPixels<true>(chunk, first, window, block, stage)
                    : RunPixels<false>(chunk, first, window, block, stage);
  }
};

}  // namespace

extern const ConvKernel kConvNeon;
const ConvKernel kConvNeon = {"neon",     kCpuNeon,     false,     PackedBytes<Neon>,
                              Pack<Neon>, ScratchBytes, Run<Neon>, true};

}  // namespace weightfold
