// sdot by lane: four codes of a pixel × four weights of each of four channels. A tile is up to 8 pixels × 8
// channels: weights are loaded once for all pixels, 16 codes of a pixel once for all channels.
//
// Packed weights of a block of 8 channels: [step of four][channel][4].
#include "base/cpu.h"
#include "kernels/conv/arm_pixels.h"

namespace weightfold {
namespace {

constexpr int32_t kMaxRows = 8;

template <int kRows, int kLane>
WEIGHTFOLD_INLINE void AddStep(int32x4_t sums[kRows][2], const int8x16_t codes[kRows], const int8_t* w) {
  const int8x16_t low = vld1q_s8(w), high = vld1q_s8(w + 16);
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
    sums[r][0] = vdotq_laneq_s32(sums[r][0], low, codes[r], kLane);
    sums[r][1] = vdotq_laneq_s32(sums[r][1], high, codes[r], kLane);
  }
}

template <int kRows>
void Tile(const Chunk& chunk, int32_t at, size_t first, const Window& window, const ChannelBlock& block,
          const OutputStage& stage) {
  const int8_t* w = reinterpret_cast<const int8_t*>(&block + 1);
  const int8_t* x[kRows];
  int32x4_t sums[kRows][2];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
    x[r] = chunk.inputs[at + r];
    sums[r][0] = vld1q_s32(block.bias);
    sums[r][1] = vld1q_s32(block.bias + 4);
  }
  if (chunk.corrected) AddCorrection<kRows>(chunk, at, sums);
  int8x16_t codes[kRows];
  for (size_t step = 0; step < window.steps; ++step, w += 16 * kBlock) {
    const size_t k = window.offsets[step];
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) codes[r] = vld1q_s8(x[r] + k);
    AddStep<kRows, 0>(sums, codes, w);
    AddStep<kRows, 1>(sums, codes, w + 4 * kBlock);
    AddStep<kRows, 2>(sums, codes, w + 8 * kBlock);
    AddStep<kRows, 3>(sums, codes, w + 12 * kBlock);
  }
  for (size_t i = 0; i < window.rest; i += 4, w += 4 * kBlock) {
    const size_t k = window.offsets[window.steps] + i;
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) codes[r] = vld1q_s8(x[r] + k);
    AddStep<kRows, 0>(sums, codes, w);
  }
  StoreRows<kRows>(chunk.outputs + at, first, sums, block, stage);
}

using TileFunction = void (*)(const Chunk&, int32_t, size_t, const Window&, const ChannelBlock&,
                              const OutputStage&);
constexpr TileFunction kTiles[kMaxRows + 1] = {nullptr, Tile<1>, Tile<2>, Tile<3>, Tile<4>,
                                               Tile<5>, Tile<6>, Tile<7>, Tile<8>};

struct DotProduct {
  static size_t WeightBytes(size_t depth) { return kBlock * RoundUp(depth, 4); }
  static size_t PlaceOf(size_t, size_t k, int i) { return k / 4 * kBlock * 4 + i * 4 + k % 4; }

  // Even tiles: 12 pixels are 6 + 6, not 8 + 4.
  static void RunBlock(const Chunk& chunk, size_t first, const Window& window, const ChannelBlock& block,
                       const OutputStage& stage) {
    const int32_t tiles = (chunk.count + kMaxRows - 1) / kMaxRows;
    const int32_t rows = chunk.count / tiles, larger = chunk.count % tiles;
    for (int32_t at = 0, tile = 0; tile < tiles; ++tile) {
      const int32_t count = tile < larger ? rows + 1 : rows;
      kTiles[count](chunk, at, first, window, block, stage);
      at += count;
    }
  }
};

}  // namespace

extern const ConvKernel kConvDotProd;
const ConvKernel kConvDotProd = {
    "dotprod",        kCpuNeon | kCpuDotProd, false,           PackedBytes<DotProduct>,
    Pack<DotProduct>, ScratchBytes,           Run<DotProduct>, true};

}  // namespace weightfold
