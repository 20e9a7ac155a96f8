// What the convolutions for Arm share: output pixels in chunks. The inputs of a window are runs of codes:
// kernel rows, or kernel elements when dilated or grouped. Kernels go over runs in steps of 16; where these
// do not divide a run, the runs of a window are copied to scratch, one behind the other, once for all output
// channels. Include only from arm_*.cc files.
#pragma once
#include "base/numbers.h"
#include "kernels/common/arm_blocks.h"
#include "kernels/conv/conv.h"

namespace weightfold {
namespace {

constexpr int32_t kMaxChunk = 32;
constexpr size_t kNearestCache = 16 * 1024;  // inputs of a chunk that stay there for all blocks

struct Geometry {
  int32_t group_in, group_out;
  int32_t columns, run_length;  // kernel_h × columns runs
  size_t depth;                 // inputs of an output
  bool gathers;                 // to scratch
  int32_t chunk;                // pixels

  // From the inputs of a pixel to those of the next in scratch.
  size_t window_bytes() const { return RoundUp(depth, 16); }
};

Geometry MakeGeometry(const ConvShape& s) {
  Geometry g;
  g.group_in = s.in_c / s.groups;
  g.group_out = s.out_c / s.groups;
  const bool whole_row = s.groups == 1 && s.dilation_w == 1;
  g.columns = whole_row ? 1 : s.kernel_w;
  g.run_length = whole_row ? s.kernel_w * s.in_c : g.group_in;
  g.depth = static_cast<size_t>(s.kernel_h) * g.columns * g.run_length;
  g.gathers = s.kernel_h * g.columns > 1 && g.run_length % 16 != 0;
  const int32_t near = static_cast<int32_t>(kNearestCache / g.window_bytes());
  g.chunk = MinInt(ClampInt(near, kBlock, kMaxChunk), s.out_h * s.out_w);
  return g;
}

// The inputs of an output as kernels see them: steps of 16, then what is left.
struct Window {
  const size_t* offsets;  // of each step, and of what is left, behind the first input
  size_t steps, rest;
};

size_t OffsetBytes(const Geometry& g) { return RoundUp((g.depth / 16 + 1) * sizeof(size_t), 64); }

Window MakeWindow(const ConvShape& s, const Geometry& g, size_t row, size_t* offsets) {
  const bool one_run = g.gathers || s.kernel_h * g.columns == 1;
  const size_t run = one_run ? SIZE_MAX : static_cast<size_t>(g.run_length), steps = g.depth / 16;
  for (size_t step = 0; step < steps; ++step) {
    const size_t index = 16 * step / run, ky = index / g.columns, kx = index % g.columns;
    offsets[step] = 16 * step % run + ky * s.dilation_h * row + kx * s.dilation_w * s.in_c;
  }
  const size_t rest = g.depth % 16;  // of a single run only
  offsets[steps] = rest > 0 ? 16 * steps : 0;
  return {offsets, steps, rest};
}

size_t ScratchBytes(const ConvShape& s) {
  const Geometry g = MakeGeometry(s);
  return OffsetBytes(g) + (g.gathers ? g.chunk * g.window_bytes() + 16 : 0);
}

struct Chunk {
  int32_t count;
  const int8_t* inputs[kMaxChunk];
  uint8_t* outputs[kMaxChunk];
  bool corrected;                 // the weights have a zero point
  int32_t correction[kMaxChunk];  // what it adds to every sum
};

// Copies the runs of each pixel's window; reads and writes up to 15 bytes behind the last.
void Gather(const ConvShape& s, const Geometry& g, size_t row, int8_t* to, Chunk* chunk) {
  const int32_t rows = s.kernel_h, columns = g.columns, length = g.run_length;
  const size_t row_step = s.dilation_h * row, column_step = static_cast<size_t>(s.dilation_w) * s.in_c;
  const size_t padding = g.window_bytes() - g.depth;
  for (int32_t i = 0, count = chunk->count; i < count; ++i, to += padding) {
    const int8_t* from = chunk->inputs[i];
    chunk->inputs[i] = to;
    for (int32_t ky = 0; ky < rows; ++ky, from += row_step) {
      const int8_t* run = from;
      for (int32_t kx = 0; kx < columns; ++kx, run += column_step, to += length) {
        vst1q_s8(to, vld1q_s8(run));
        for (int32_t k = 16; k < length; k += 16) vst1q_s8(to + k, vld1q_s8(run + k));
      }
    }
  }
}

// Points to the pixels of a call, row by row, `first` and up.
void FillChunk(const ConvShape& s, const ConstImage& input, const Image& output, int32_t begin, int32_t first,
               Chunk* chunk) {
  const size_t pixel = static_cast<size_t>(s.stride_w) * s.in_c, output_pixel = static_cast<size_t>(s.out_c);
  int32_t oy = begin + first / s.out_w, ox = first % s.out_w;
  for (int32_t i = 0; i < chunk->count; ++oy, ox = 0) {
    const uint8_t* x = input.pixels + static_cast<size_t>(oy) * s.stride_h * input.row + ox * pixel;
    uint8_t* y = output.pixels + oy * output.row + ox * output_pixel;
    for (; ox < s.out_w && i < chunk->count; ++ox, ++i, x += pixel, y += output_pixel) {
      chunk->inputs[i] = reinterpret_cast<const int8_t*>(x);
      chunk->outputs[i] = y;
    }
  }
}

// The same pixels as a group of channels sees them.
void FillGroup(const ConvShape& s, const Geometry& g, const Chunk& all, size_t row, int32_t group,
               int8_t* scratch, Chunk* chunk) {
  const size_t input = static_cast<size_t>(group) * g.group_in,
               output = static_cast<size_t>(group) * g.group_out;
  chunk->count = all.count;
  for (int32_t i = 0; i < all.count; ++i) {
    chunk->inputs[i] = all.inputs[i] + input;
    chunk->outputs[i] = all.outputs[i] + output;
  }
  if (g.gathers) Gather(s, g, row, scratch, chunk);
}

// What the weights' zero point adds to the sums of each pixel.
void FillCorrection(const Window& w, int32_t weight_zero_point, Chunk* chunk) {
  chunk->corrected = weight_zero_point != 0;
  if (!chunk->corrected) return;
  static const int8_t kMask[32] = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
  const int8x16_t rest = vld1q_s8(kMask + 16 - w.rest);  // keeps so many codes
  for (int32_t i = 0; i < chunk->count; ++i) {
    const int8_t* x = chunk->inputs[i];
    int32x4_t sums = vpaddlq_s16(vpaddlq_s8(vandq_s8(vld1q_s8(x + w.offsets[w.steps]), rest)));
    for (size_t step = 0; step < w.steps; ++step) {
      sums = vpadalq_s16(sums, vpaddlq_s8(vld1q_s8(x + w.offsets[step])));
    }
    chunk->correction[i] = WrappingMultiply(-weight_zero_point, vaddvq_s32(sums));
  }
}

// Adds what the weights' zero point adds to the sums of the pixels `at` and up.
template <int kRows>
WEIGHTFOLD_INLINE void AddCorrection(const Chunk& chunk, int32_t at, int32x4_t sums[kRows][2]) {
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
    const int32x4_t correction = vdupq_n_s32(chunk.correction[at + r]);
    sums[r][0] = vaddq_s32(sums[r][0], correction);
    sums[r][1] = vaddq_s32(sums[r][1], correction);
  }
}

// Each version of the family says how the weights of a block of eight channels are packed:
//   WeightBytes(depth); PlaceOf(depth, k, i): where weight k of channel i stands
// and computes all pixels of a chunk: RunBlock(chunk, first, window, block, stage) stores eight codes for
// each, `first` bytes behind chunk.outputs.
template <typename Version>
size_t BlockBytes(const Geometry& g) {
  return sizeof(ChannelBlock) + RoundUp(Version::WeightBytes(g.depth), 16);
}

template <typename Version>
size_t PackedBytes(const ConvShape& s, const ConvParameters&) {
  const Geometry g = MakeGeometry(s);
  const size_t blocks = (static_cast<size_t>(g.group_out) + kBlock - 1) / kBlock;
  return s.groups * blocks * BlockBytes<Version>(g);
}

template <typename Version>
void PackBlock(const ConvParameters& p, const Geometry& g, int32_t first, int32_t channels, uint8_t* to) {
  ChannelBlock* block = reinterpret_cast<ChannelBlock*>(to);
  int8_t* weights = reinterpret_cast<int8_t*>(block + 1);
  std::memset(to, 0, BlockBytes<Version>(g));
  for (int32_t i = 0; i < kBlock; ++i) {
    const int32_t oc = first + MinInt(i, channels - 1);
    const int8_t* w = p.weights + oc * g.depth;
    int32_t sum = 0;
    bool fit = true;
    for (size_t k = 0; k < g.depth; ++k) {
      sum = WrappingAdd(sum, w[k] - p.weight_zero_point);
      weights[Version::PlaceOf(g.depth, k, i)] = w[k];
      fit &= k + 8 >= g.depth || PairFits(w[k], w[k + 8]);
    }
    const int32_t offset = WrappingMultiply(-p.input_zero_point, sum);
    SetChannel(block, i, oc, WrappingAdd(p.bias ? p.bias[oc] : 0, offset), p.output);
    block->pairs_fit &= fit;
  }
}

template <typename Version>
void Pack(const ConvShape& s, const ConvParameters& p, void* packed) {
  const Geometry g = MakeGeometry(s);
  uint8_t* to = static_cast<uint8_t*>(packed);
  for (int32_t group = 0; group < s.groups; ++group) {
    for (int32_t first = 0; first < g.group_out; first += kBlock, to += BlockBytes<Version>(g)) {
      PackBlock<Version>(p, g, group * g.group_out + first, MinInt(kBlock, g.group_out - first), to);
    }
  }
}

// A block with fewer than eight channels: only those are stored.
template <typename Version>
void RunPartOfBlock(const Chunk& chunk, size_t first, const Window& window, const ChannelBlock& block,
                    size_t channels, const OutputStage& stage) {
  uint8_t codes[kMaxChunk][kBlock];
  Chunk part = chunk;
  for (int32_t i = 0; i < chunk.count; ++i) part.outputs[i] = codes[i];
  Version::RunBlock(part, 0, window, block, stage);
  for (int32_t i = 0; i < chunk.count; ++i) std::memcpy(chunk.outputs[i] + first, codes[i], channels);
}

template <typename Version>
void Run(const ConvShape& s, const ConvParameters& p, const void* packed, const ConstImage& input,
         const Image& output, int32_t begin, int32_t end, void* scratch) {
  const Geometry g = MakeGeometry(s);
  const Window window = MakeWindow(s, g, input.row, static_cast<size_t*>(scratch));
  int8_t* gathered = static_cast<int8_t*>(scratch) + OffsetBytes(g);
  const OutputStage stage(p.output);
  const int32_t pixels = (end - begin) * s.out_w;
  Chunk all, chunk;
  for (int32_t done = 0; done < pixels; done += g.chunk) {
    all.count = MinInt(g.chunk, pixels - done);
    FillChunk(s, input, output, begin, done, &all);
    const uint8_t* at = static_cast<const uint8_t*>(packed);
    for (int32_t group = 0; group < s.groups; ++group) {
      FillGroup(s, g, all, input.row, group, gathered, &chunk);
      FillCorrection(window, p.weight_zero_point, &chunk);
      for (int32_t first = 0; first < g.group_out; first += kBlock, at += BlockBytes<Version>(g)) {
        const ChannelBlock& block = *reinterpret_cast<const ChannelBlock*>(at);
        const int32_t channels = g.group_out - first;
        if (channels >= kBlock) {
          Version::RunBlock(chunk, first, window, block, stage);
        } else {
          RunPartOfBlock<Version>(chunk, first, window, block, static_cast<size_t>(channels), stage);
        }
      }
    }
  }
}

}  // namespace
}  // namespace weightfold
