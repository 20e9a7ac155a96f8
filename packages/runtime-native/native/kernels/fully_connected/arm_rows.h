// What the fully connected kernels for Arm share: one row against 8 output channels, 16 inputs per step; the
// four lanes of a sum are added at the end. Include only from arm_*.cc files.
//
// Packed weights of a block: [step of 16][channel][16].
#pragma once
#include "base/numbers.h"
#include "kernels/common/arm_blocks.h"
#include "kernels/fully_connected/fully_connected.h"

namespace weightfold {
namespace {

size_t Depth(const FullyConnectedShape& s) { return RoundUp(static_cast<size_t>(s.in), 16); }
size_t BlockBytes(const FullyConnectedShape& s) { return sizeof(ChannelBlock) + kBlock * Depth(s); }
size_t PackedBytes(const FullyConnectedShape& s, const FullyConnectedParameters&) {
  return static_cast<size_t>((s.out + kBlock - 1) / kBlock) * BlockBytes(s);
}
size_t ScratchBytes(const FullyConnectedShape&) { return 0; }

void PackBlock(const FullyConnectedShape& s, const FullyConnectedParameters& p, int32_t first, uint8_t* to) {
  ChannelBlock* block = reinterpret_cast<ChannelBlock*>(to);
  int8_t* weights = reinterpret_cast<int8_t*>(block + 1);
  const size_t in = static_cast<size_t>(s.in);
  std::memset(to, 0, BlockBytes(s));
  for (int32_t i = 0; i < kBlock; ++i) {
    const int32_t oc = MinInt(first + i, s.out - 1);
    const int8_t* w = p.weights + oc * in;
    int32_t sum = 0;
    bool fit = true;
    for (size_t k = 0; k < in; ++k) {
      sum = WrappingAdd(sum, w[k] - p.weight_zero_point);
      weights[(k / 16 * kBlock + i) * 16 + k % 16] = w[k];
      fit &= k + 8 >= in || PairFits(w[k], w[k + 8]);
    }
    const int32_t offset = WrappingMultiply(-p.input_zero_point, sum);
    SetChannel(block, i, oc, WrappingAdd(p.bias ? p.bias[oc] : 0, offset), p.output);
    block->pairs_fit &= fit;
  }
}

void Pack(const FullyConnectedShape& s, const FullyConnectedParameters& p, void* packed) {
  uint8_t* to = static_cast<uint8_t*>(packed);
  for (int32_t first = 0; first < s.out; first += kBlock, to += BlockBytes(s)) PackBlock(s, p, first, to);
}

// Adds the products of a row with 8 channels: kAdd(sums, 16 codes, 16 weights) adds 16 of them to four lanes.
template <int32x4_t (*kAdd)(int32x4_t, int8x16_t, int8x16_t)>
WEIGHTFOLD_INLINE void AddChannels(const int8_t* x, const int8_t* w, size_t depth, int32x4_t sums[2]) {
  int32x4_t lanes[kBlock];
#pragma GCC unroll 8
  for (int i = 0; i < kBlock; ++i) lanes[i] = vdupq_n_s32(0);
  for (size_t k = 0; k < depth; k += 16, w += kBlock * 16) {
    const int8x16_t codes = vld1q_s8(x + k);
#pragma GCC unroll 8
    for (int i = 0; i < kBlock; ++i) lanes[i] = kAdd(lanes[i], codes, vld1q_s8(w + i * 16));
  }
  sums[0] = vaddq_s32(sums[0], AddLanes(lanes));
  sums[1] = vaddq_s32(sums[1], AddLanes(lanes + 4));
}

// kAdd where the block's pairs fit, kAddAlways where they do not.
template <int32x4_t (*kAdd)(int32x4_t, int8x16_t, int8x16_t),
          int32x4_t (*kAddAlways)(int32x4_t, int8x16_t, int8x16_t)>
void Run(const FullyConnectedShape& s, const FullyConnectedParameters& p, const void* packed,
         const uint8_t* input, uint8_t* output, int32_t begin, int32_t end, void*) {
  const size_t depth = Depth(s);
  const OutputStage stage(p.output);
  for (int32_t row = 0; row < s.rows; ++row, input += s.in, output += s.out) {
    const int8_t* x = reinterpret_cast<const int8_t*>(input);
    const int32x4_t correction = vdupq_n_s32(WeightCorrection(s, p, input));
    for (int32_t unit = begin; unit < end; ++unit) {
      const uint8_t* at = static_cast<const uint8_t*>(packed) + static_cast<size_t>(unit) * BlockBytes(s);
      const ChannelBlock& block = *reinterpret_cast<const ChannelBlock*>(at);
      const int8_t* w = reinterpret_cast<const int8_t*>(&block + 1);
      int32x4_t sums[1][2] = {
          {vaddq_s32(vld1q_s32(block.bias), correction), vaddq_s32(vld1q_s32(block.bias + 4), correction)}};
      if (block.pairs_fit) {
        AddChannels<kAdd>(x, w, depth, sums[0]);
      } else {
        AddChannels<kAddAlways>(x, w, depth, sums[0]);
      }
      const int32_t first = unit * kBlock, channels = MinInt(kBlock, s.out - first);
      uint8_t codes[kBlock];
      uint8_t* const to[1] = {channels == kBlock ? output + first : codes};
      StoreRows<1>(to, 0, sums, block, stage);
      if (channels < kBlock) std::memcpy(output + first, codes, static_cast<size_t>(channels));
    }
  }
}

}  // namespace
}  // namespace weightfold
