// How the AVX2 convolution in Winograd's form packs its weights, and for which layers it is chosen. Include
// only from x86_winograd_avx2.cc.
#pragma once
#include "kernels/common/x86_avx2.h"
#include "kernels/common/x86_transpose_avx2.h"
#include "kernels/conv/conv.h"

namespace weightfold {
namespace {

constexpr int32_t kOutputs = 2, kInputs = 4;  // of a tile, across and down
constexpr int32_t kPositions = kInputs * kInputs;
// The one whose products are in all four outputs with the factor 1: the bias is added there.
constexpr int32_t kBiasPosition = 5;

// Up to 16 output channels. Behind it are their transformed weights, [position][step of two
// inputs][register][lane][2].
struct Block {
  ChannelBlock<16> channels;
  int32_t bias[16];  // four times that of `channels`
};

inline int32_t Steps(const ConvShape& s) { return (s.in_c + 1) / 2; }
// Inputs are transformed sixteen at a time.
inline size_t PaddedInputs(const ConvShape& s) { return RoundUp(static_cast<size_t>(s.in_c), 16); }
inline int32_t VectorsOf(const ConvShape& s, int32_t first) {
  return MinInt(16, s.out_c - first) > 8 ? 2 : 1;
}
inline size_t PositionBytes(const ConvShape& s, int32_t vectors) {
  return PaddedInputs(s) / 2 * vectors * 32;
}
inline size_t BlockBytes(const ConvShape& s, int32_t vectors) {
  return sizeof(Block) + kPositions * PositionBytes(s, vectors);
}
inline size_t OffsetBytes(const ConvShape& s) { return RoundUp(Steps(s) * sizeof(int32_t), 64); }

inline size_t PackedBytes(const ConvShape& s, const ConvParameters&) {
  size_t bytes = sizeof(Header) + OffsetBytes(s);
  for (int32_t first = 0; first < s.out_c; first += 16) bytes += BlockBytes(s, VectorsOf(s, first));
  return bytes;
}

// Sums, four times as large here, must fit into 32 bits: 4 (2^27 + 9 · 1,024 · 255 · 128) < 2^31.
constexpr int32_t kMostInputs = 1024, kMostBias = 1 << 27;

// Whether this form takes a tenth less time than the other kernel: products, transforms, and weights, which
// groups of tiles and of pixels stream by. In sixteenths of a vpmaddwd and its addition, fitted in
// docs/design/kernels.md.
inline bool Pays(const ConvShape& s) {
  const int64_t pixels = static_cast<int64_t>(s.out_h) * s.out_w;
  const int64_t tiles = (static_cast<int64_t>(s.out_h) + 1) / 2 * ((s.out_w + 1) / 2);
  const int64_t pairs = static_cast<int64_t>(s.in_c) * s.out_c;
  const int64_t direct = 9 * pixels * pairs + 13 * ((pixels + 5) / 6) * pairs;
  const int64_t transforms = 48 * s.in_c + 192 * s.out_c;
  return 11 * (tiles * (16 * pairs + transforms) + 24 * ((tiles + 5) / 6) * pairs) < 10 * direct;
}

inline bool Suits(const ConvShape& s, const ConvParameters& p) {
  const bool window = s.kernel_h == 3 && s.kernel_w == 3 && s.stride_h == 1 && s.stride_w == 1 &&
                      s.dilation_h == 1 && s.dilation_w == 1 && s.groups == 1;
  if (!window || s.in_c > kMostInputs || p.weight_zero_point != 0 || !Pays(s)) return false;
  for (int32_t c = 0; c < s.out_c && p.bias != nullptr; ++c) {
    if (p.bias[c] > kMostBias || p.bias[c] < -kMostBias) return false;
  }
  return true;
}

// 2G of the transform, down or across: four numbers for three.
inline void TransformThree(const __m256i in[3], __m256i to[4]) {
  const __m256i ends = _mm256_add_epi16(in[0], in[2]);
  to[0] = _mm256_add_epi16(in[0], in[0]);
  to[1] = _mm256_add_epi16(ends, in[1]);
  to[2] = _mm256_sub_epi16(ends, in[1]);
  to[3] = _mm256_add_epi16(in[2], in[2]);
}

// Up to sixteen weights; zero behind them.
inline __m256i LoadWeights(const int8_t* from, int32_t count) {
  alignas(16) int8_t some[16] = {};
  std::memcpy(some, from, static_cast<size_t>(MinInt(16, count)));
  return _mm256_cvtepi8_epi16(_mm_load_si128(reinterpret_cast<const __m128i*>(some)));
}

// The 3 × 3 weights of up to sixteen inputs, a row of in_c of them for each place: four times G w G'.
inline void TransformWeights(const int8_t* w, int32_t in_c, int32_t count, __m256i to[kPositions]) {
  __m256i down[3][4];
  for (int x = 0; x < 3; ++x) {
    __m256i column[3];
    for (int y = 0; y < 3; ++y) column[y] = LoadWeights(w + static_cast<size_t>(3 * y + x) * in_c, count);
    TransformThree(column, down[x]);
  }
  for (int y = 0; y < 4; ++y) {
    const __m256i row[3] = {down[0][y], down[1][y], down[2][y]};
    TransformThree(row, to + 4 * y);
  }
}

// The weights of eight channels, null where a lane has none.
inline void PackRegister(const ConvShape& s, const int8_t* const from[8], int vectors, uint8_t* to) {
  const size_t position = PositionBytes(s, vectors), stride = static_cast<size_t>(vectors) * 32;
  for (int32_t c = 0; c < s.in_c; c += 16, to += 8 * stride) {
    __m256i rows[8][kPositions] = {};
    for (int lane = 0; lane < 8; ++lane) {
      if (from[lane] != nullptr) TransformWeights(from[lane] + c, s.in_c, s.in_c - c, rows[lane]);
    }
    for (int i = 0; i < kPositions; ++i) {
      const __m256i of_lanes[8] = {rows[0][i], rows[1][i], rows[2][i], rows[3][i],
                                   rows[4][i], rows[5][i], rows[6][i], rows[7][i]};
      StoreTransposed(of_lanes, to + i * position, stride);
    }
  }
}

inline void PackBlock(const ConvShape& s, const ConvParameters& p, int32_t first, uint8_t* to,
                      Header* header) {
  const int32_t vectors = VectorsOf(s, first), channels = MinInt(16, s.out_c - first);
  Block* block = reinterpret_cast<Block*>(to);
  *block = {};
  ClearChannels(&block->channels);
  const int8_t* from[16] = {};  // by place
  for (int32_t within = 0; within < channels; ++within) {
    const int32_t channel = first + within, place = vectors == 1 ? within : PlaceOfChannel(within);
    from[place] = p.weights + static_cast<size_t>(channel) * 9 * s.in_c;
    const int32_t bias = BiasOf(p.bias, channel);
    AccumulatorRange range(bias, p.input_zero_point);
    range.AddAll(from[place], 9 * static_cast<size_t>(s.in_c), 0);
    SetChannel(&block->channels, place, channel, bias, range, p.output, header);
    block->bias[place] = WrappingMultiply(4, block->channels.bias[place]);
  }
  for (int v = 0; v < vectors; ++v) {
    PackRegister(s, from + 8 * v, vectors, to + sizeof(Block) + static_cast<size_t>(v) * 32);
  }
}

inline void Pack(const ConvShape& s, const ConvParameters& p, void* packed) {
  Header* header = static_cast<Header*>(packed);
  *header = Header();
  int32_t* offsets = reinterpret_cast<int32_t*>(header + 1);
  for (int32_t step = 0; step < Steps(s); ++step) offsets[step] = 2 * step;
  uint8_t* to = reinterpret_cast<uint8_t*>(offsets) + OffsetBytes(s);
  for (int32_t first = 0; first < s.out_c; first += 16) {
    PackBlock(s, p, first, to, header);
    to += BlockBytes(s, VectorsOf(s, first));
  }
}

}  // namespace
}  // namespace weightfold
