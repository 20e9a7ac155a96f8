// One row against 8 output channels, 16 inputs per step: smull gives 16-bit products of 8-bit codes, sadalp
// adds pairs of them to 32-bit sums. Exact: a product has at most 15 bits.
//
// Packed weights of a block: [channel][in, rounded up to 16].
#include "kernels/common/arm_neon.h"
#include "base/cpu.h"
#include "kernels/fully_connected/fully_connected.h"

namespace weightfold {
namespace {

constexpr int32_t kBlock = 8;

size_t Depth(const FullyConnectedShape& s) { return RoundUp(static_cast<size_t>(s.in), 16); }
int32_t Blocks(const FullyConnectedShape& s) { return (s.out + kBlock - 1) / kBlock; }
size_t BlockBytes(const FullyConnectedShape& s) { return sizeof(ChannelBlock) + kBlock * Depth(s); }
size_t PackedBytes(const FullyConnectedShape& s) { return Blocks(s) * BlockBytes(s); }
size_t ScratchBytes(const FullyConnectedShape& s) { return Depth(s); }

void Pack(const FullyConnectedShape& s, const FullyConnectedParameters& p, void* packed) {
  uint8_t* to = static_cast<uint8_t*>(packed);
  for (int32_t block = 0; block < Blocks(s); ++block, to += BlockBytes(s)) {
    for (int i = 0; i < kBlock; ++i) {
      const int32_t oc = MinInt(block * kBlock + i, s.out - 1);
      const int8_t* w = p.weights + static_cast<size_t>(oc) * s.in;
      uint8_t* row = to + sizeof(ChannelBlock) + i * Depth(s);
      std::memset(row, 0, Depth(s));
      std::memcpy(row, w, static_cast<size_t>(s.in));
      int32_t sum = 0;
      for (int32_t k = 0; k < s.in; ++k) sum = WrappingAdd(sum, w[k] - p.weight_zero_point);
      const int32_t offset = WrappingMultiply(-p.input_zero_point, sum);
      SetChannel(reinterpret_cast<ChannelBlock*>(to), i, oc, WrappingAdd(p.bias ? p.bias[oc] : 0, offset),
                 p.output);
    }
  }
}

WEIGHTFOLD_INLINE int32x4_t FourChannels(const int8_t* x, const int8_t* w, size_t depth) {
  int32x4_t sums[4] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};
  for (size_t k = 0; k < depth; k += 16) {
    const int8x16_t inputs = vld1q_s8(x + k);
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      const int8x16_t weights = vld1q_s8(w + i * depth + k);
      sums[i] = vpadalq_s16(sums[i], vmull_s8(vget_low_s8(inputs), vget_low_s8(weights)));
      sums[i] = vpadalq_s16(sums[i], vmull_high_s8(inputs, weights));
    }
  }
  return vpaddq_s32(vpaddq_s32(sums[0], sums[1]), vpaddq_s32(sums[2], sums[3]));
}

void Run(const FullyConnectedShape& s, const FullyConnectedParameters& p, const void* packed,
         const uint8_t* input, uint8_t* output, int32_t begin, int32_t end, void* scratch) {
  const size_t depth = Depth(s);
  int8_t* x = static_cast<int8_t*>(scratch);
  std::memset(x, 0, depth);
  for (int32_t row = 0; row < s.rows; ++row, input += s.in, output += s.out) {
    for (int32_t i = 0; i < s.in; ++i) x[i] = static_cast<int8_t>(input[i] ^ p.input_flip);
    const int32x4_t correction = vdupq_n_s32(WeightCorrection(s, p, input));
    for (int32_t unit = begin; unit < end; ++unit) {
      const uint8_t* at = static_cast<const uint8_t*>(packed) + static_cast<size_t>(unit) * BlockBytes(s);
      const ChannelBlock& block = *reinterpret_cast<const ChannelBlock*>(at);
      const int8_t* w = reinterpret_cast<const int8_t*>(at + sizeof(ChannelBlock));
      const int32x4_t bias[2] = {vaddq_s32(vld1q_s32(block.bias), correction),
                                 vaddq_s32(vld1q_s32(block.bias + 4), correction)};
      const int32x4_t low = vaddq_s32(FourChannels(x, w, depth), bias[0]);
      const int32x4_t high = vaddq_s32(FourChannels(x, w + 4 * depth, depth), bias[1]);
      const int32_t first = unit * kBlock;
      StoreFirst(output + first, RequantizeEight(low, high, block, p.output), MinInt(kBlock, s.out - first));
    }
  }
}

}  // namespace

extern const FullyConnectedKernel kFullyConnectedNeon;
const FullyConnectedKernel kFullyConnectedNeon = {"neon",      kCpuNeon, false,        kBlock,
                                                  PackedBytes, Pack,     ScratchBytes, Run};

}  // namespace weightfold
