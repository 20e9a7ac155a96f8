// The inner loop of the AVX2 convolutions: sums of some pixels × 8 or 16 channels stay in registers while the
// weights stream by. Include only from x86_*avx2.cc files here.
#pragma once
#include "kernels/common/x86_avx2.h"

namespace weightfold {
namespace {

constexpr int kMaxVectors = 2;
// The most pixels of a tile, by registers of channels: 12 sums, weights and an input fill the 16 registers.
constexpr int32_t kMaxRows[kMaxVectors + 1] = {0, 12, 6};

// Where a tile's inputs are: of step i, two inputs as int16 from offsets[i] on, in elements, `pixel` bytes
// from a pixel's to the next one's.
struct TileInputs {
  const uint8_t* first;
  size_t pixel;
  const int32_t* offsets;
  int32_t steps;
};

// Adds all products to the sums, with weights [step][register][lane][2].
template <int kVectors, int kRows>
WEIGHTFOLD_INLINE void AddTile(const TileInputs& inputs, const uint8_t* w, __m256i sums[kRows][kVectors]) {
  const size_t pixel = inputs.pixel;
  const int32_t* const end = inputs.offsets + inputs.steps;
  for (const int32_t* offset = inputs.offsets; offset != end; ++offset, w += 32 * kVectors) {
    const uint8_t* from = inputs.first + *offset * sizeof(int16_t);
    __m256i weights[kVectors];
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) weights[v] = LoadVector(w + 32 * v);
#pragma GCC unroll 12
    for (int i = 0; i < kRows; ++i) {
      const __m256i two = BroadcastFour(from + i * pixel);
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v) {
        sums[i][v] = _mm256_add_epi32(sums[i][v], _mm256_madd_epi16(two, weights[v]));
      }
    }
  }
}

// Calls run(first, count) for each tile of a row of pixels: even ones, so that 8 pixels are 4 + 4, not 6 + 2.
template <typename RunTile>
WEIGHTFOLD_INLINE void ForEachTile(int32_t width, int vectors, RunTile run) {
  const int32_t most = kMaxRows[vectors], tiles = (width + most - 1) / most;
  const int32_t rows = width / tiles, larger = width % tiles;
  for (int32_t tile = 0, first = 0; tile < tiles; ++tile) {
    const int32_t count = tile < larger ? rows + 1 : rows;
    run(first, count);
    first += count;
  }
}

}  // namespace
}  // namespace weightfold
