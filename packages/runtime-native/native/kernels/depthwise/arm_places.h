// What the depthwise kernels for Arm share: sixteen outputs at a time, the places of a block. With stride 1
// an output row is one flat run of width × channels, so a block may span pixels; the blocks repeat with
// period channels / gcd(16, channels). With other strides a block is 16 channels of a pixel; the last one
// begins earlier where channels are no multiple of 16. Include only from arm_*.cc files.
//
// Packed: per block a Block and its weights, in the order of the version.
#pragma once
#include "base/numbers.h"
#include "kernels/common/arm_blocks.h"
#include "kernels/depthwise/depthwise.h"

namespace weightfold {
namespace {

constexpr int32_t kLanes = 2 * kBlock;
constexpr size_t kNearestCache = 16 * 1024;  // input rows that stay there for all blocks

struct Geometry {
  bool flat;  // blocks go on over pixels
  int32_t blocks, elements;
};

Geometry MakeGeometry(const DepthwiseShape& s) {
  const bool flat = s.stride_w == 1;
  return {flat,
          flat ? s.channels / GreatestCommonDivisor(kLanes, s.channels) : (s.channels + kLanes - 1) / kLanes,
          s.kernel_h * s.kernel_w};
}

struct Block {
  ChannelBlock half[2];
  const int8_t* weights() const { return reinterpret_cast<const int8_t*>(this + 1); }
  bool pairs_fit() const { return half[0].pairs_fit && half[1].pairs_fit; }
};

// Of a block: its first channel, or the first byte of a flat run.
int32_t FirstOf(const DepthwiseShape& s, const Geometry& g, int32_t block) {
  return g.flat ? block * kLanes : MaxInt(0, MinInt(block * kLanes, s.channels - kLanes));
}

int32_t ChannelAt(const DepthwiseShape& s, const Geometry& g, int32_t block, int32_t lane) {
  const int32_t at = FirstOf(s, g, block) + lane;
  return g.flat ? at % s.channels : MinInt(at, s.channels - 1);
}

inline int8_t WeightAt(const DepthwiseShape& s, const DepthwiseParameters& p, int32_t element,
                       int32_t channel) {
  return p.weights[static_cast<size_t>(element) * s.channels + channel];
}

// All of a block but its weights. Pairs are neighbouring kernel elements.
void PackChannels(const DepthwiseShape& s, const DepthwiseParameters& p, const Geometry& g, int32_t index,
                  Block* block) {
  for (int32_t lane = 0; lane < kLanes; ++lane) {
    const int32_t c = ChannelAt(s, g, index, lane);
    int32_t sum = 0;
    bool fit = p.weight_zero_point == 0;
    for (int32_t e = 0; e < g.elements; ++e) {
      const int8_t w = WeightAt(s, p, e, c);
      sum = WrappingAdd(sum, w - p.weight_zero_point);
      fit &= e + 1 == g.elements || PairFits(w, WeightAt(s, p, e + 1, c));
    }
    const int32_t offset = WrappingMultiply(-p.input_zero_point, sum);
    ChannelBlock* half = &block->half[lane / kBlock];
    SetChannel(half, lane % kBlock, c, WrappingAdd(p.bias ? p.bias[c] : 0, offset), p.output);
    half->pairs_fit &= fit;
  }
}

// From sixteen sums to codes; its values stay in registers, because stores of codes might alias memory.
struct BlockOutput {
  WEIGHTFOLD_INLINE BlockOutput(const Block& b, const OutputStage& s)
      : block(b),
        stage(s),
        scale{BlockScale(b.half[0]), BlockScale(b.half[1])},
        scales_down(b.half[0].scales_down && b.half[1].scales_down) {
    for (int i = 0; i < 4; ++i) bias[i] = vld1q_s32(b.half[i / 2].bias + 4 * (i % 2));
  }

  WEIGHTFOLD_INLINE void Store(uint8_t* to, const int32x4_t sums[4]) const {
    if (!scales_down) return StoreByRule(to, sums);
    vst1q_u8(to, SixteenCodes(ScaleEight(sums[0], sums[1], scale[0], stage),
                              ScaleEight(sums[2], sums[3], scale[1], stage), stage));
  }

  const Block& block;
  const OutputStage stage;
  const BlockScale scale[2];
  const bool scales_down;
  int32x4_t bias[4];

 private:
  WEIGHTFOLD_INLINE void StoreByRule(uint8_t* to, const int32x4_t sums[4]) const {
    int32_t memory[2][kBlock];
    for (int i = 0; i < 4; ++i) vst1q_s32(memory[i / 2] + 4 * (i % 2), sums[i]);
    uint8_t* const at[1] = {to};
    StoreRowsByRule(at, 0, memory, 1, block.half[0], *stage.requantization);
    StoreRowsByRule(at, kBlock, memory + 1, 1, block.half[1], *stage.requantization);
  }
};

// Places of a block in an output row, the same distance apart in the input, and in the output. All 16 codes
// of a place are stored where the row has room: what belongs to the next place is written again by that.
struct Places {
  int32_t count, with_room;
  size_t first, input_step, output_step;
  size_t row_bytes;

  size_t room(int32_t i) const { return row_bytes - first - i * output_step; }
};

Places PlacesOf(const DepthwiseShape& s, const Geometry& g, int32_t block) {
  const size_t channels = static_cast<size_t>(s.channels), flat_step = static_cast<size_t>(g.blocks) * kLanes;
  Places places = {0,
                   0,
                   static_cast<size_t>(FirstOf(s, g, block)),
                   g.flat ? flat_step : s.stride_w * channels,
                   g.flat ? flat_step : channels,
                   s.out_w * channels};
  const auto fitting = [&](size_t bytes) {  // how many places have so much room
    const size_t end = places.first + bytes;
    return end > places.row_bytes ? 0
                                  : static_cast<int32_t>((places.row_bytes - end) / places.output_step + 1);
  };
  places.count = fitting(g.flat ? 1 : static_cast<size_t>(MinInt(kLanes, s.channels)));
  places.with_room = fitting(kLanes);
  return places;
}

// Calls run(places, block, inputs of its first place, its first output, rows) for stretches of output rows
// whose inputs stay in the nearest cache, an even number of rows where there are more.
template <typename RunBlock>
WEIGHTFOLD_INLINE void ForEachBlock(const DepthwiseShape& s, const Geometry& g, size_t block_bytes,
                                    const void* packed, const ConstImage& input, const Image& output,
                                    int32_t begin, int32_t end, RunBlock run) {
  const size_t row = s.stride_h * input.row;
  const int32_t stretch = MaxInt(2, static_cast<int32_t>(kNearestCache / row) & ~1);
  for (int32_t oy = begin; oy < end; oy += stretch) {
    const int8_t* x = reinterpret_cast<const int8_t*>(input.pixels + oy * row);
    uint8_t* y = output.pixels + oy * output.row;
    for (int32_t i = 0; i < g.blocks; ++i) {
      const uint8_t* at = static_cast<const uint8_t*>(packed) + i * block_bytes;
      const Places places = PlacesOf(s, g, i);
      run(places, *reinterpret_cast<const Block*>(at), x + places.first, y + places.first,
          MinInt(stretch, end - oy));
    }
  }
}

}  // namespace
}  // namespace weightfold
