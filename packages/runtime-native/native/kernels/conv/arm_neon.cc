// smlal by lane on 16-bit inputs and weights: exact for every weight. A tile is up to 4 output pixels × 8
// output channels.
//
// Packed weights of a block of 8 channels: [segment][k, rounded up to 4][8]. A segment is a run of inputs
// that lie next to each other: a kernel row, or a kernel element when dilated or grouped.
#include "kernels/common/arm_neon.h"
#include "base/cpu.h"
#include "kernels/conv/conv.h"

namespace weightfold {
namespace {

constexpr int32_t kTileRows = 4;
constexpr int32_t kBlock = 8;

struct Geometry {
  int32_t group_in, group_out, blocks;
  int32_t segments, segment_length, steps;  // steps of four inputs
  WidenedImage image;
};

Geometry MakeGeometry(const ConvShape& s) {
  Geometry g;
  g.group_in = s.in_c / s.groups;
  g.group_out = s.out_c / s.groups;
  g.blocks = (g.group_out + kBlock - 1) / kBlock;
  const bool whole_row = s.groups == 1 && s.dilation_w == 1;
  g.segments = whole_row ? s.kernel_h : s.kernel_h * s.kernel_w;
  g.segment_length = whole_row ? s.kernel_w * s.in_c : g.group_in;
  g.steps = (g.segment_length + 3) / 4;
  g.image = WidenedImage::Of(s, s.in_c);
  return g;
}

size_t BlockBytes(const Geometry& g) {
  return sizeof(ChannelBlock) + static_cast<size_t>(g.segments) * g.steps * 4 * kBlock * sizeof(int16_t);
}

size_t PackedBytes(const ConvShape& s) {
  const Geometry g = MakeGeometry(s);
  return static_cast<size_t>(s.groups) * g.blocks * BlockBytes(g);
}

size_t ScratchBytes(const ConvShape& s) { return MakeGeometry(s).image.elements() * sizeof(int16_t); }

void PackChannel(const ConvParameters& p, const Geometry& g, int32_t oc, bool exists, int i, uint8_t* to) {
  int16_t* weights = reinterpret_cast<int16_t*>(to + sizeof(ChannelBlock));
  const size_t kernel = static_cast<size_t>(g.segments) * g.segment_length;
  const int8_t* w = p.weights + oc * kernel;
  int32_t sum = 0;
  for (size_t k = 0; k < kernel; ++k) sum = WrappingAdd(sum, w[k] - p.weight_zero_point);
  const int32_t offset = WrappingMultiply(-p.input_zero_point, sum);
  SetChannel(reinterpret_cast<ChannelBlock*>(to), i, oc, WrappingAdd(p.bias ? p.bias[oc] : 0, offset),
             p.output);
  for (int32_t segment = 0; segment < g.segments; ++segment) {
    for (int32_t k = 0; k < 4 * g.steps; ++k) {
      const size_t at = (static_cast<size_t>(segment) * g.steps * 4 + k) * kBlock + i;
      const bool inside = exists && k < g.segment_length;
      const size_t from = static_cast<size_t>(segment) * g.segment_length + k;
      weights[at] = static_cast<int16_t>(inside ? w[from] - p.weight_zero_point : 0);
    }
  }
}

void Pack(const ConvShape& s, const ConvParameters& p, void* packed) {
  const Geometry g = MakeGeometry(s);
  uint8_t* to = static_cast<uint8_t*>(packed);
  for (int32_t group = 0; group < s.groups; ++group) {
    for (int32_t block = 0; block < g.blocks; ++block, to += BlockBytes(g)) {
      for (int i = 0; i < kBlock; ++i) {
        const int32_t within = block * kBlock + i, known = MinInt(within, g.group_out - 1);
        PackChannel(p, g, group * g.group_out + known, within == known, i, to);
      }
    }
  }
}

// Where a segment's inputs lie relative to those of segment 0.
WEIGHTFOLD_INLINE size_t SegmentOffset(const ConvShape& s, const Geometry& g, int32_t segment) {
  const bool whole_row = g.segments == s.kernel_h;
  const int32_t ky = whole_row ? segment : segment / s.kernel_w, kx = whole_row ? 0 : segment % s.kernel_w;
  return ky * s.dilation_h * g.image.row() + static_cast<size_t>(kx) * s.dilation_w * s.in_c;
}

template <int kLane>
WEIGHTFOLD_INLINE void MultiplyAdd(int32x4_t sums[2], int16x8_t weights, int16x4_t inputs) {
  sums[0] = vmlal_lane_s16(sums[0], vget_low_s16(weights), inputs, kLane);
  sums[1] = vmlal_high_lane_s16(sums[1], weights, inputs, kLane);
}

template <int kRows>
void Tile(const ConvShape& s, const Geometry& g, const Requantization& r, const int16_t* const* rows,
          const uint8_t* packed, uint8_t* output, int32_t channels) {
  const ChannelBlock& block = *reinterpret_cast<const ChannelBlock*>(packed);
  const int16_t* w = reinterpret_cast<const int16_t*>(packed + sizeof(ChannelBlock));
  int32x4_t sums[kRows][2];
  for (int i = 0; i < kRows; ++i) {
    sums[i][0] = vld1q_s32(block.bias);
    sums[i][1] = vld1q_s32(block.bias + 4);
  }
  for (int32_t segment = 0; segment < g.segments; ++segment) {
    const size_t offset = SegmentOffset(s, g, segment);
    for (int32_t step = 0; step < g.steps; ++step, w += 4 * kBlock) {
      const int16x8_t w0 = vld1q_s16(w), w1 = vld1q_s16(w + 8), w2 = vld1q_s16(w + 16),
                      w3 = vld1q_s16(w + 24);
#pragma GCC unroll 4
      for (int i = 0; i < kRows; ++i) {
        const int16x4_t x = vld1_s16(rows[i] + offset + 4 * step);
        MultiplyAdd<0>(sums[i], w0, x);
        MultiplyAdd<1>(sums[i], w1, x);
        MultiplyAdd<2>(sums[i], w2, x);
        MultiplyAdd<3>(sums[i], w3, x);
      }
    }
  }
  for (int i = 0; i < kRows; ++i) {
    const uint8x8_t codes = RequantizeEight(sums[i][0], sums[i][1], block, r);
    StoreFirst(output + static_cast<ptrdiff_t>(i) * s.out_c, codes, channels);
  }
}

using TileFunction = void (*)(const ConvShape&, const Geometry&, const Requantization&, const int16_t* const*,
                              const uint8_t*, uint8_t*, int32_t);
constexpr TileFunction kTiles[kTileRows + 1] = {nullptr, Tile<1>, Tile<2>, Tile<3>, Tile<4>};

// One output row, all channels.
void RunRow(const ConvShape& s, const Geometry& g, const Requantization& r, const int16_t* line,
            const uint8_t* packed, uint8_t* output) {
  const size_t step = static_cast<size_t>(s.stride_w) * s.in_c;
  for (int32_t group = 0; group < s.groups; ++group) {
    const int16_t* x = line + static_cast<size_t>(group) * g.group_in;
    for (int32_t block = 0; block < g.blocks; ++block, packed += BlockBytes(g)) {
      uint8_t* to = output + group * g.group_out + block * kBlock;
      const int32_t channels = MinInt(kBlock, g.group_out - block * kBlock);
      for (int32_t ox = 0; ox < s.out_w; ox += kTileRows) {
        const int32_t size = MinInt(kTileRows, s.out_w - ox);
        const int16_t* rows[kTileRows];
        for (int32_t i = 0; i < size; ++i) rows[i] = x + (ox + i) * step;
        kTiles[size](s, g, r, rows, packed, to + static_cast<ptrdiff_t>(ox) * s.out_c, channels);
      }
    }
  }
}

void Run(const ConvShape& s, const ConvParameters& p, const void* packed, const ConstImage& input,
         const Image& output, int32_t begin, int32_t end, void* scratch) {
  const Geometry g = MakeGeometry(s);
  int16_t* widened = static_cast<int16_t*>(scratch);
  WidenRows<Widen>(s, g.image, input, p.input_flip, begin, end, widened);
  for (int32_t oy = begin; oy < end; ++oy) {
    const int16_t* line = widened + static_cast<size_t>(oy - begin) * s.stride_h * g.image.row();
    RunRow(s, g, p.output, line, static_cast<const uint8_t*>(packed), output.pixels + oy * output.row);
  }
}

}  // namespace

extern const ConvKernel kConvNeon;
const ConvKernel kConvNeon = {"neon", kCpuNeon, false, PackedBytes, Pack, ScratchBytes, Run};

}  // namespace weightfold
