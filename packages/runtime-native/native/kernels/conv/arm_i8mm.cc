// smmla: eight codes of each of two pixels × eight weights of each of two channels to 2 × 2 sums. A tile is
// up to 8 pixels × 8 channels; of an odd number of pixels the last is computed twice.
//
// Packed weights of a block of 8 channels: [step of 16][half of it][two channels][channel][8].
#include "base/cpu.h"
#include "kernels/conv/arm_pixels.h"

namespace weightfold {
namespace {

constexpr int32_t kMaxRows = 8;
constexpr int kPairs = kBlock / 2;  // of channels

// The two codes vectors of a pair of pixels: the first eight codes of both, the other eight of both.
struct PairCodes {
  int8x16_t half[2];

  static WEIGHTFOLD_INLINE PairCodes Load(const int8_t* first, const int8_t* second) {
    const int64x2_t a = vreinterpretq_s64_s8(vld1q_s8(first)), b = vreinterpretq_s64_s8(vld1q_s8(second));
    return {{vreinterpretq_s8_s64(vzip1q_s64(a, b)), vreinterpretq_s8_s64(vzip2q_s64(a, b))}};
  }
};

// From 2 × 2 sums of two pixels to eight sums of each.
WEIGHTFOLD_INLINE void Separate(const int32x4_t squares[kPairs], int32x4_t first[2], int32x4_t second[2]) {
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i) {
    const int64x2_t a = vreinterpretq_s64_s32(squares[2 * i]), b = vreinterpretq_s64_s32(squares[2 * i + 1]);
    first[i] = vreinterpretq_s32_s64(vzip1q_s64(a, b));
    second[i] = vreinterpretq_s32_s64(vzip2q_s64(a, b));
  }
}

template <int kRows>
void Tile(const Chunk& chunk, int32_t at, size_t first, const Window& window, const ChannelBlock& block,
          const OutputStage& stage) {
  constexpr int kRowPairs = (kRows + 1) / 2;
  const int8_t* w = reinterpret_cast<const int8_t*>(&block + 1);
  const int8_t* x[2 * kRowPairs];
  int32x4_t squares[kRowPairs][kPairs];
#pragma GCC unroll 8
  for (int r = 0; r < 2 * kRowPairs; ++r) x[r] = chunk.inputs[at + (r < kRows ? r : kRows - 1)];
#pragma GCC unroll 4
  for (int j = 0; j < kPairs; ++j) {
    const int32x2_t bias = vld1_s32(block.bias + 2 * j);
#pragma GCC unroll 4
    for (int r = 0; r < kRowPairs; ++r) squares[r][j] = vcombine_s32(bias, bias);
  }
  const size_t steps = window.steps + (window.rest > 0);
  for (size_t step = 0; step < steps; ++step, w += 16 * kBlock) {
    const size_t k = window.offsets[step];
    PairCodes codes[kRowPairs];
#pragma GCC unroll 4
    for (int r = 0; r < kRowPairs; ++r) codes[r] = PairCodes::Load(x[2 * r] + k, x[2 * r + 1] + k);
#pragma GCC unroll 2
    for (int half = 0; half < 2; ++half) {
#pragma GCC unroll 4
      for (int j = 0; j < kPairs; ++j) {
        const int8x16_t weights = vld1q_s8(w + 16 * (half * kPairs + j));
#pragma GCC unroll 4
        for (int r = 0; r < kRowPairs; ++r) {
          squares[r][j] = vmmlaq_s32(squares[r][j], codes[r].half[half], weights);
        }
      }
    }
  }
  int32x4_t sums[2 * kRowPairs][2];
#pragma GCC unroll 4
  for (int r = 0; r < kRowPairs; ++r) Separate(squares[r], sums[2 * r], sums[2 * r + 1]);
  if (chunk.corrected) AddCorrection<kRows>(chunk, at, sums);
  StoreRows<kRows>(chunk.outputs + at, first, sums, block, stage);
}

using TileFunction = void (*)(const Chunk&, int32_t, size_t, const Window&, const ChannelBlock&,
                              const OutputStage&);
constexpr TileFunction kTiles[kMaxRows + 1] = {nullptr, Tile<1>, Tile<2>, Tile<3>, Tile<4>,
                                               Tile<5>, Tile<6>, Tile<7>, Tile<8>};

struct MatrixProduct {
  static size_t WeightBytes(size_t depth) { return kBlock * RoundUp(depth, 16); }
  static size_t PlaceOf(size_t, size_t k, int i) { return (k / 8 * kPairs + i / 2) * 16 + i % 2 * 8 + k % 8; }

  static void RunBlock(const Chunk& chunk, size_t first, const Window& window, const ChannelBlock& block,
                       const OutputStage& stage) {
    for (int32_t at = 0; at < chunk.count; at += kMaxRows) {
      kTiles[MinInt(kMaxRows, chunk.count - at)](chunk, at, first, window, block, stage);
    }
  }
};

}  // namespace

extern const ConvKernel kConvI8mm;
const ConvKernel kConvI8mm = {"i8mm",
                              kCpuNeon | kCpuDotProd | kCpuI8mm,
                              false,
                              PackedBytes<MatrixProduct>,
                              Pack<MatrixProduct>,
                              ScratchBytes,
                              Run<MatrixProduct>,
                              true};

}  // namespace weightfold
