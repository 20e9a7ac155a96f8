// How the AVX2 convolution that skips blocks of zeros packs its weights, and for which layers it is chosen.
// Include only from x86_sparse_avx2.cc.
#pragma once
#include "kernels/common/x86_avx2.h"
#include "kernels/conv/conv.h"

namespace weightfold {
namespace {

constexpr int32_t kLanes = 8, kMaxVectors = 3;  // pixels of a register, registers of a tile
constexpr int32_t kTilePixels = kLanes * kMaxVectors;
// Inputs of a tile: [pair of inputs][pixel][2], int16.
constexpr size_t kPixelBytes = 2 * sizeof(int16_t), kPairBytes = kTilePixels * kPixelBytes;

constexpr int32_t kGroup = 4;  // output channels that share a list of blocks

// Weights of a group's channels for two inputs.
struct Step {
  int32_t inputs;  // bytes from the first pair of a tile's inputs
  int16_t weights[kGroup][2];
};

struct Group {
  ChannelBlock<kGroup> channels;
  int32_t first, steps;  // of its Steps among all
};

inline int32_t Groups(const ConvShape& s) { return (s.out_c + kGroup - 1) / kGroup; }
inline int32_t Pairs(const ConvShape& s) { return (s.in_c + 1) / 2; }

// What a layer costs beside its blocks, in blocks for one register of pixels (docs/design/kernels.md): to
// store a group's codes, to transpose a pair of inputs, to find the pixels.
constexpr int64_t kCostOfGroup = 5, kCostOfPair = 2, kCostOfPixels = 20;
constexpr int32_t kMostInputs = 1 << 16;  // so that Step::inputs has room

// The most blocks that a layer may hold to take a tenth less time than with the dense kernel. Lanes without a
// pixel cost as much as others.
inline int64_t MostBlocks(const ConvShape& s) {
  const int64_t pixels = static_cast<int64_t>(s.out_h) * s.out_w;
  const int64_t lanes = (pixels + kLanes - 1) / kLanes * kLanes;
  const int64_t groups = Groups(s), pairs = Pairs(s), dense = groups * pairs * pixels * 9 / (10 * lanes);
  return dense - kCostOfGroup * groups - kCostOfPair * pairs - kCostOfPixels;
}

// Whether a block holds a weight that is not zero.
inline bool Holds(const ConvShape& s, const ConvParameters& p, int32_t first_channel, int32_t pair) {
  const int32_t channels = MinInt(kGroup, s.out_c - first_channel), inputs = MinInt(2, s.in_c - 2 * pair);
  const int8_t* w = p.weights + static_cast<size_t>(first_channel) * s.in_c + 2 * pair;
  for (int32_t c = 0; c < channels; ++c, w += s.in_c) {
    for (int32_t k = 0; k < inputs; ++k) {
      if (w[k] != p.weight_zero_point) return true;
    }
  }
  return false;
}

// Blocks of a group that hold something: sixteen at a time, where it has all its channels.
inline int32_t CountInGroup(const ConvShape& s, const ConvParameters& p, int32_t first_channel) {
  const __m256i zero_point = _mm256_set1_epi8(static_cast<int8_t>(p.weight_zero_point));
  const int32_t whole = first_channel + kGroup <= s.out_c ? s.in_c / 32 * 16 : 0;
  const int8_t* w = p.weights + static_cast<size_t>(first_channel) * s.in_c;
  int32_t count = 0;
  for (int32_t pair = 0; pair < whole; pair += 16) {
    __m256i any = _mm256_setzero_si256();
    for (int c = 0; c < kGroup; ++c) {
      const __m256i codes = LoadVector(w + static_cast<size_t>(c) * s.in_c + 2 * pair);
      any = _mm256_or_si256(any, _mm256_xor_si256(codes, zero_point));
    }
    const int empty = _mm256_movemask_epi8(_mm256_cmpeq_epi16(any, _mm256_setzero_si256()));
    count += 16 - __builtin_popcount(static_cast<unsigned>(empty)) / 2;
  }
  for (int32_t pair = whole; pair < Pairs(s); ++pair) count += Holds(s, p, first_channel, pair);
  return count;
}

// Blocks that hold something. Counting ends with the group that brings more than `enough`.
inline int64_t CountBlocks(const ConvShape& s, const ConvParameters& p, int64_t enough) {
  int64_t blocks = 0;
  for (int32_t first = 0; first < s.out_c && blocks <= enough; first += kGroup) {
    blocks += CountInGroup(s, p, first);
  }
  return blocks;
}

inline bool Suits(const ConvShape& s, const ConvParameters& p) {
  if (s.kernel_h != 1 || s.kernel_w != 1 || s.groups != 1 || s.in_c > kMostInputs) return false;
  const int64_t most = MostBlocks(s);
  return most >= 0 && CountBlocks(s, p, most) <= most;
}

inline size_t PackedBytes(const ConvShape& s, const ConvParameters& p) {
  const size_t steps = static_cast<size_t>(CountBlocks(s, p, INT64_MAX));
  return sizeof(Header) + Groups(s) * sizeof(Group) + steps * sizeof(Step);
}

inline void PackChannel(const ConvShape& s, const ConvParameters& p, int32_t channel, Group* group,
                        Header* header) {
  const int32_t bias = BiasOf(p.bias, channel);
  AccumulatorRange range(bias, p.input_zero_point);
  range.AddAll(p.weights + static_cast<size_t>(channel) * s.in_c, static_cast<size_t>(s.in_c),
               p.weight_zero_point);
  SetChannel(&group->channels, channel % kGroup, channel, bias, range, p.output, header);
}

inline Step StepAt(const ConvShape& s, const ConvParameters& p, int32_t first_channel, int32_t pair) {
  Step step = {static_cast<int32_t>(pair * kPairBytes), {}};
  for (int32_t c = 0; c < kGroup && first_channel + c < s.out_c; ++c) {
    const int8_t* w = p.weights + static_cast<size_t>(first_channel + c) * s.in_c + 2 * pair;
    for (int32_t k = 0; k < 2 && 2 * pair + k < s.in_c; ++k) {
      step.weights[c][k] = static_cast<int16_t>(w[k] - p.weight_zero_point);
    }
  }
  return step;
}

inline void Pack(const ConvShape& s, const ConvParameters& p, void* packed) {
  Header* header = static_cast<Header*>(packed);
  Group* group = reinterpret_cast<Group*>(header + 1);
  Step* const steps = reinterpret_cast<Step*>(group + Groups(s));
  int32_t count = 0;
  *header = Header();
  for (int32_t first = 0; first < s.out_c; first += kGroup, ++group) {
    ClearChannels(&group->channels);
    const int32_t channels = MinInt(kGroup, s.out_c - first);
    for (int32_t c = 0; c < channels; ++c) PackChannel(s, p, first + c, group, header);
    group->first = count;
    for (int32_t pair = 0; pair < Pairs(s); ++pair) {
      if (Holds(s, p, first, pair)) steps[count++] = StepAt(s, p, first, pair);
    }
    group->steps = count - group->first;
  }
}

}  // namespace
}  // namespace weightfold
