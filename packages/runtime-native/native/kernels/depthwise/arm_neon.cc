// Eight channels of one pixel at a time, smlal on 16-bit inputs and weights.
//
// Packed weights of a block of 8 channels: [kernel element][8].
#include "kernels/common/arm_neon.h"
#include "base/cpu.h"
#include "kernels/depthwise/depthwise.h"

namespace weightfold {
namespace {

constexpr int32_t kBlock = 8;

int32_t Blocks(const DepthwiseShape& s) { return (s.channels + kBlock - 1) / kBlock; }
size_t BlockBytes(const DepthwiseShape& s) {
  return sizeof(ChannelBlock) + static_cast<size_t>(s.kernel_h) * s.kernel_w * kBlock * sizeof(int16_t);
}
size_t PackedBytes(const DepthwiseShape& s) { return Blocks(s) * BlockBytes(s); }
size_t ScratchBytes(const DepthwiseShape& s) {
  return WidenedImage::Of(s, s.channels).elements() * sizeof(int16_t);
}

void Pack(const DepthwiseShape& s, const DepthwiseParameters& p, void* packed) {
  uint8_t* to = static_cast<uint8_t*>(packed);
  const int32_t elements = s.kernel_h * s.kernel_w;
  for (int32_t block = 0; block < Blocks(s); ++block, to += BlockBytes(s)) {
    int16_t* weights = reinterpret_cast<int16_t*>(to + sizeof(ChannelBlock));
    for (int i = 0; i < kBlock; ++i) {
      const int32_t c = MinInt(block * kBlock + i, s.channels - 1);
      int32_t sum = 0;
      for (int32_t e = 0; e < elements; ++e) {
        const int8_t w = p.weights[static_cast<size_t>(e) * s.channels + c];
        weights[e * kBlock + i] = static_cast<int16_t>(w - p.weight_zero_point);
        sum += weights[e * kBlock + i];
      }
      const int32_t offset = WrappingMultiply(-p.input_zero_point, sum);
      SetChannel(reinterpret_cast<ChannelBlock*>(to), i, c, WrappingAdd(p.bias ? p.bias[c] : 0, offset),
                 p.output);
    }
  }
}

WEIGHTFOLD_INLINE uint8x8_t EightChannels(const DepthwiseShape& s, size_t row, const int16_t* x,
                                          const ChannelBlock& block, const Requantization& r) {
  const int16_t* w = reinterpret_cast<const int16_t*>(&block + 1);
  int32x4_t low = vld1q_s32(block.bias), high = vld1q_s32(block.bias + 4);
  const size_t step = static_cast<size_t>(s.dilation_w) * s.channels;
  for (int32_t ky = 0; ky < s.kernel_h; ++ky) {
    const int16_t* from = x + ky * s.dilation_h * row;
    for (int32_t kx = 0; kx < s.kernel_w; ++kx, from += step, w += kBlock) {
      const int16x8_t inputs = vld1q_s16(from), weights = vld1q_s16(w);
      low = vmlal_s16(low, vget_low_s16(inputs), vget_low_s16(weights));
      high = vmlal_high_s16(high, inputs, weights);
    }
  }
  return RequantizeEight(low, high, block, r);
}

void Run(const DepthwiseShape& s, const DepthwiseParameters& p, const void* packed, const ConstImage& input,
         const Image& output, int32_t begin, int32_t end, void* scratch) {
  const WidenedImage image = WidenedImage::Of(s, s.channels);
  int16_t* widened = static_cast<int16_t*>(scratch);
  WidenRows<Widen>(s, image, input, p.input_flip, begin, end, widened);
  for (int32_t oy = begin; oy < end; ++oy) {
    const int16_t* line = widened + static_cast<size_t>(oy - begin) * s.stride_h * image.row();
    uint8_t* y = output.pixels + oy * output.row;
    for (int32_t ox = 0; ox < s.out_w; ++ox, y += s.channels) {
      const int16_t* x = line + static_cast<size_t>(ox) * s.stride_w * s.channels;
      const uint8_t* block = static_cast<const uint8_t*>(packed);
      for (int32_t c = 0; c < s.channels; c += kBlock, block += BlockBytes(s)) {
        const uint8x8_t codes =
            EightChannels(s, image.row(), x + c, *reinterpret_cast<const ChannelBlock*>(block), p.output);
        StoreFirst(y + c, codes, MinInt(kBlock, s.channels - c));
      }
    }
  }
}

}  // namespace

extern const DepthwiseKernel kDepthwiseNeon;
const DepthwiseKernel kDepthwiseNeon = {"neon", kCpuNeon, false, PackedBytes, Pack, ScratchBytes, Run};

}  // namespace weightfold
