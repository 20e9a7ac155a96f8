// How the AVX2 convolution packs its weights: a Header, where the inputs of each step lie, then blocks of up
// to 16 channels, each a ChannelBlock and weights [step of two inputs][register][lane][2]. Include only from
// x86_avx2.cc.
#pragma once
#include "kernels/common/widened_image.h"
#include "kernels/common/x86_avx2.h"
#include "kernels/conv/conv.h"

namespace weightfold {
namespace {

using Channels = ChannelBlock<16>;

struct Geometry {
  int32_t group_in, group_out;
  int32_t runs, run_length, run_steps;  // of the kernel; a step is two inputs
  int32_t steps;
  bool pointwise;  // outputs see one input pixel each, in the same order
  WidenedImage image;
};

inline Geometry MakeGeometry(const ConvShape& s) {
  Geometry g;
  g.group_in = s.in_c / s.groups;
  g.group_out = s.out_c / s.groups;
  const bool whole_row = s.groups == 1 && s.dilation_w == 1;
  g.runs = whole_row ? s.kernel_h : s.kernel_h * s.kernel_w;
  g.run_length = whole_row ? s.kernel_w * s.in_c : g.group_in;
  g.run_steps = (g.run_length + 1) / 2;
  g.steps = g.runs * g.run_steps;
  g.pointwise = s.kernel_h == 1 && s.kernel_w == 1 && s.stride_h == 1 && s.stride_w == 1;
  g.image = WidenedImage::Of(s, s.in_c);
  return g;
}

// Output channels that are computed together, within a group.
struct Block {
  int32_t channels, vectors;
  size_t first_input, first_output;  // channels of a pixel
};

// 16 channels at a time; what is left, in as few registers of 8 as it needs.
inline Block BlockAt(const Geometry& g, int32_t group, int32_t first) {
  const int32_t channels = MinInt(16, g.group_out - first);
  return {channels, (channels + 7) / 8, static_cast<size_t>(group) * g.group_in,
          static_cast<size_t>(group) * g.group_out + first};
}

inline size_t BlockBytes(const Geometry& g, const Block& b) {
  return sizeof(Channels) + RoundUp(static_cast<size_t>(g.steps) * b.vectors * 32, 64);
}

inline size_t OffsetBytes(const Geometry& g) {
  return RoundUp(static_cast<size_t>(g.steps) * sizeof(int32_t), 64);
}

inline size_t PackedBytes(const ConvShape& s, const ConvParameters&) {
  const Geometry g = MakeGeometry(s);
  size_t bytes = 0;
  for (int32_t first = 0; first < g.group_out; first += 16) bytes += BlockBytes(g, BlockAt(g, 0, first));
  return sizeof(Header) + OffsetBytes(g) + s.groups * bytes;
}

// How many inputs lie between the first of a window and those of each step.
inline void PackOffsets(const ConvShape& s, const Geometry& g, int32_t* to) {
  for (int32_t run = 0; run < g.runs; ++run) {
    const bool whole_row = g.runs == s.kernel_h;
    const int32_t ky = whole_row ? run : run / s.kernel_w, kx = whole_row ? 0 : run % s.kernel_w;
    const size_t first = ky * s.dilation_h * g.image.row() + static_cast<size_t>(kx) * s.dilation_w * s.in_c;
    for (int32_t step = 0; step < g.run_steps; ++step) {
      *to++ = static_cast<int32_t>(first + 2 * step);
    }
  }
}

inline void PackBlock(const ConvParameters& p, const Geometry& g, const Block& b, uint8_t* to,
                      Header* header) {
  Channels* block = reinterpret_cast<Channels*>(to);
  int16_t* weights = reinterpret_cast<int16_t*>(to + sizeof(Channels));
  std::memset(to, 0, BlockBytes(g, b));
  ClearChannels(block);
  for (int32_t within = 0; within < b.channels; ++within) {
    const int32_t channel = static_cast<int32_t>(b.first_output) + within;
    const int32_t place = b.vectors == 1 ? within : PlaceOfChannel(within);
    const int8_t* w = p.weights + static_cast<size_t>(channel) * g.runs * g.run_length;
    const int32_t bias = BiasOf(p.bias, channel);
    AccumulatorRange range(bias, p.input_zero_point);
    range.AddAll(w, static_cast<size_t>(g.runs) * g.run_length, p.weight_zero_point);
    for (int32_t run = 0; run < g.runs; ++run) {
      const int8_t* from = w + static_cast<size_t>(run) * g.run_length;
      int16_t* pair = weights + (static_cast<size_t>(run) * g.run_steps * 8 * b.vectors + place) * 2;
      for (int32_t k = 0; k < g.run_length; k += 2, pair += 16 * b.vectors) {
        pair[0] = static_cast<int16_t>(from[k] - p.weight_zero_point);
        if (k + 1 < g.run_length) pair[1] = static_cast<int16_t>(from[k + 1] - p.weight_zero_point);
      }
    }
    SetChannel(block, place, channel, bias, range, p.output, header);
  }
}

inline void Pack(const ConvShape& s, const ConvParameters& p, void* packed) {
  const Geometry g = MakeGeometry(s);
  Header* header = static_cast<Header*>(packed);
  *header = Header();
  PackOffsets(s, g, reinterpret_cast<int32_t*>(header + 1));
  uint8_t* to = reinterpret_cast<uint8_t*>(header + 1) + OffsetBytes(g);
  for (int32_t group = 0; group < s.groups; ++group) {
    for (int32_t first = 0; first < g.group_out; first += 16) {
      const Block b = BlockAt(g, group, first);
      PackBlock(p, g, b, to, header);
      to += BlockBytes(g, b);
    }
  }
}

}  // namespace
}  // namespace weightfold
