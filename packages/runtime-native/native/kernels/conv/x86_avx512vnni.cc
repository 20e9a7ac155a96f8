// vpdpbusd: four uint8 inputs × four int8 weights to each of 16 channels. A tile is up to 6 pixels × 64 output
// channels, 8 × 48, 12 × 32 or 16 × 16: its accumulators stay in registers while the weights stream by, and the
// four inputs of each pixel are broadcast from memory. No input is copied: a kernel row is one run of inputs
// (a kernel element when dilated or grouped), padded to fours with weights of zero.
//
// Packed: a Header, then blocks of up to 64 channels, each a ChannelBlock and weights
// [kernel row][run][step of four inputs][vector][lane][4].
#include "kernels/common/x86_avx512vnni.h"
#include "base/cpu.h"
#include "kernels/conv/conv.h"

namespace weightfold {
namespace {

constexpr int kMaxVectors = 4;
constexpr int32_t kMaxRows[kMaxVectors + 1] = {0, 16, 12, 8, 6};
constexpr int32_t kChunk = 48;              // pixels whose inputs stay in the nearest cache for all blocks
constexpr size_t kNearestCache = 32 * 1024;  // weights that do fit: then chunks go over all blocks

struct Header {
  alignas(64) float trust;
};

struct Geometry {
  int32_t group_in, group_out;
  int32_t runs, run_length, steps;  // per kernel row; a step is four inputs
  bool flat;                        // outputs see one input pixel each: rows that touch can be one
};

Geometry MakeGeometry(const ConvShape& s) {
  Geometry g;
  g.group_in = s.in_c / s.groups;
  g.group_out = s.out_c / s.groups;
  const bool whole_row = s.groups == 1 && s.dilation_w == 1;
  g.runs = whole_row ? 1 : s.kernel_w;
  g.run_length = whole_row ? s.kernel_w * s.in_c : g.group_in;
  g.steps = (g.run_length + 3) / 4;
  g.flat = s.kernel_h == 1 && s.kernel_w == 1 && s.stride_h == 1 && s.stride_w == 1;
  return g;
}

// Output channels [first, first + channels) of a group, as many as their vectors hold or fewer.
struct Block {
  int32_t first, channels, vectors;
};

// 64 channels at a time; what is left, in as few vectors as it needs.
Block BlockAt(const Geometry& g, int32_t first) {
  const int32_t channels = MinInt(64, g.group_out - first);
  return {first, channels, (channels + 15) / 16};
}

size_t WeightBytes(const ConvShape& s, const Geometry& g, const Block& b) {
  return static_cast<size_t>(s.kernel_h) * g.runs * g.steps * b.vectors * 64;
}

size_t GroupBytes(const ConvShape& s, const Geometry& g) {
  size_t bytes = 0;
  for (int32_t first = 0; first < g.group_out; first += 64) {
    bytes += sizeof(ChannelBlock) + WeightBytes(s, g, BlockAt(g, first));
  }
  return bytes;
}

size_t PackedBytes(const ConvShape& s) { return sizeof(Header) + s.groups * GroupBytes(s, MakeGeometry(s)); }

// Sums of the largest tile; a tile of 48 channels leaves a gap behind each row.
size_t ScratchBytes(const ConvShape&) { return 8 * 4 * 64; }

void PackBlock(const ConvShape& s, const ConvParameters& p, const Geometry& g, int32_t group, const Block& b,
               uint8_t* to, float* trust) {
  ChannelBlock* block = reinterpret_cast<ChannelBlock*>(to);
  int8_t* weights = reinterpret_cast<int8_t*>(to + sizeof(ChannelBlock));
  std::memset(to, 0, sizeof(ChannelBlock) + WeightBytes(s, g, b));
  const int32_t runs = s.kernel_h * g.runs;
  for (int32_t within = 0; within < b.channels; ++within) {
    const int32_t channel = group * g.group_out + b.first + within, place = PlaceOfChannel(b.vectors, within);
    const int8_t* w = p.weights + static_cast<size_t>(channel) * runs * g.run_length;
    WeightSum sum;
    for (int32_t run = 0; run < runs; ++run) {
      for (int32_t k = 0; k < g.run_length; ++k, ++w) {
        const size_t step = static_cast<size_t>(run) * g.steps + k / 4;
        weights[step * b.vectors * 64 + place * 4 + k % 4] = *w;
        sum.Add(*w);
      }
    }
    SetChannel(block, place, channel, p.bias, p.input_zero_point, sum, p.output, trust);
  }
}

void Pack(const ConvShape& s, const ConvParameters& p, void* packed) {
  const Geometry g = MakeGeometry(s);
  Header* header = static_cast<Header*>(packed);
  header->trust = InitialTrust(p.output);
  uint8_t* to = static_cast<uint8_t*>(packed) + sizeof(Header);
  for (int32_t group = 0; group < s.groups; ++group) {
    for (int32_t first = 0; first < g.group_out; first += 64) {
      const Block b = BlockAt(g, first);
      PackBlock(s, p, g, group, b, to, &header->trust);
      to += sizeof(ChannelBlock) + WeightBytes(s, g, b);
    }
  }
}

// What all tiles of a call share.
struct Context {
  size_t pixel;            // bytes from an output's inputs to those of the next
  size_t row_step, run_step;  // from a kernel row to the next, from a run to the next
  int32_t rows, runs, steps;
  const Requantization& requantization;
  OutputStage stage;
  int32_t* sums;
};

// Stores the codes of as many tile rows as four vectors hold, at most `rows`.
template <int kVectors>
WEIGHTFOLD_INLINE void StoreRows(__m512i codes, uint8_t* const* outputs, int32_t rows, __mmask64 channels) {
  codes = RowsInOrder<kVectors>(codes);
  if (kVectors >= 3) {
    _mm512_mask_storeu_epi8(outputs[0], channels, codes);
  } else if (kVectors == 2) {
    const __mmask32 mask = static_cast<__mmask32>(channels);
    _mm256_mask_storeu_epi8(outputs[0], mask, _mm512_castsi512_si256(codes));
    if (rows > 1) _mm256_mask_storeu_epi8(outputs[1], mask, _mm512_extracti64x4_epi64(codes, 1));
  } else {
    const __mmask16 mask = static_cast<__mmask16>(channels);
    _mm_mask_storeu_epi8(outputs[0], mask, _mm512_castsi512_si128(codes));
    if (rows > 1) _mm_mask_storeu_epi8(outputs[1], mask, _mm512_extracti32x4_epi32(codes, 1));
    if (rows > 2) _mm_mask_storeu_epi8(outputs[2], mask, _mm512_extracti32x4_epi32(codes, 2));
    if (rows > 3) _mm_mask_storeu_epi8(outputs[3], mask, _mm512_extracti32x4_epi32(codes, 3));
  }
}

template <int kVectors, int kRows>
void Tile(const Context& context, const uint8_t* x, const uint8_t* packed) {
  const ChannelBlock& block = *reinterpret_cast<const ChannelBlock*>(packed);
  const int8_t* w = reinterpret_cast<const int8_t*>(packed + sizeof(ChannelBlock));
  __m512i sums[kRows][kVectors];
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) sums[i][v] = _mm512_load_si512(block.bias + 16 * v);
  }
  const size_t pixel = context.pixel;
  constexpr int kPointers = (kRows + 2) / 3;
  for (int32_t ky = 0; ky < context.rows; ++ky) {
    for (int32_t run = 0; run < context.runs; ++run) {
      const uint8_t* from[kPointers];
#pragma GCC unroll 6
      for (int i = 0; i < kPointers; ++i) {
        from[i] = x + ky * context.row_step + run * context.run_step + 3 * i * pixel;
      }
      for (int32_t step = 0; step < context.steps; ++step, w += 64 * kVectors) {
        __m512i weights[kVectors];
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) weights[v] = _mm512_load_si512(w + 64 * v);
#pragma GCC unroll 16
        for (int i = 0; i < kRows; ++i) {
          const __m512i inputs = BroadcastFour(from[i / 3] + (i % 3) * pixel);
#pragma GCC unroll 4
          for (int v = 0; v < kVectors; ++v) MultiplyAdd(&sums[i][v], inputs, weights[v]);
        }
#pragma GCC unroll 6
        for (int i = 0; i < kPointers; ++i) from[i] += 4;
      }
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      _mm512_store_si512(context.sums + (i * (kVectors == 3 ? 4 : kVectors) + v) * 16, sums[i][v]);
    }
  }
}

// Sums of a tile to codes.
template <int kVectors>
void StoreTile(const Context& context, const uint8_t* packed, int32_t rows, uint8_t* const* outputs,
               __mmask64 channels) {
  const ChannelBlock& block = *reinterpret_cast<const ChannelBlock*>(packed);
  constexpr int kRowsPerGroup = kVectors == 1 ? 4 : kVectors == 2 ? 2 : 1;
  const int32_t* sums = context.sums;
  for (int32_t i = 0; i < rows; i += kRowsPerGroup, sums += 64) {
    __m512i four[4];
    for (int v = 0; v < 4; ++v) four[v] = _mm512_load_si512(sums + 16 * v);
    const __m512i codes = CodesOf<kVectors>(four, block, context.stage, context.requantization);
    StoreRows<kVectors>(codes, outputs + i, rows - i, channels);
  }
}

using TileFunction = void (*)(const Context&, const uint8_t*, const uint8_t*);
constexpr TileFunction kTiles[kMaxVectors + 1][17] = {
    {},
    {nullptr, Tile<1, 1>, Tile<1, 2>, Tile<1, 3>, Tile<1, 4>, Tile<1, 5>, Tile<1, 6>, Tile<1, 7>, Tile<1, 8>,
     Tile<1, 9>, Tile<1, 10>, Tile<1, 11>, Tile<1, 12>, Tile<1, 13>, Tile<1, 14>, Tile<1, 15>, Tile<1, 16>},
    {nullptr, Tile<2, 1>, Tile<2, 2>, Tile<2, 3>, Tile<2, 4>, Tile<2, 5>, Tile<2, 6>, Tile<2, 7>, Tile<2, 8>,
     Tile<2, 9>, Tile<2, 10>, Tile<2, 11>, Tile<2, 12>},
    {nullptr, Tile<3, 1>, Tile<3, 2>, Tile<3, 3>, Tile<3, 4>, Tile<3, 5>, Tile<3, 6>, Tile<3, 7>, Tile<3, 8>},
    {nullptr, Tile<4, 1>, Tile<4, 2>, Tile<4, 3>, Tile<4, 4>, Tile<4, 5>, Tile<4, 6>},
};

using StoreFunction = void (*)(const Context&, const uint8_t*, int32_t, uint8_t* const*, __mmask64);
constexpr StoreFunction kStores[kMaxVectors + 1] = {nullptr, StoreTile<1>, StoreTile<2>, StoreTile<3>,
                                                    StoreTile<4>};

// Pixels whose inputs lie `pixel` apart.
struct Chunk {
  const uint8_t* input;
  uint8_t* outputs[kChunk];
  int32_t count;
};

void RunBlock(const Context& context, const Chunk& chunk, const Block& b, size_t group_input,
              size_t group_output, const uint8_t* packed) {
  uint8_t* outputs[kChunk];
  for (int32_t i = 0; i < chunk.count; ++i) outputs[i] = chunk.outputs[i] + group_output + b.first;
  const __mmask64 channels = FirstBytes(static_cast<size_t>(b.channels));
  const int32_t most = kMaxRows[b.vectors], tiles = (chunk.count + most - 1) / most;
  for (int32_t tile = 0, first = 0; tile < tiles; ++tile) {
    // Even tiles: 8 pixels are 4 + 4, not 6 + 2.
    const int32_t rows = chunk.count / tiles + (tile < chunk.count % tiles ? 1 : 0);
    kTiles[b.vectors][rows](context, chunk.input + group_input + first * context.pixel, packed);
    kStores[b.vectors](context, packed, rows, outputs + first, channels);
    first += rows;
  }
}

// Goes over output rows [begin, end) in chunks. Rows that follow one another in the input without a gap are
// one long row.
class Chunks {
 public:
  Chunks(const ConvShape& s, const Geometry& g, const ConstImage& input, const Image& output, int32_t begin,
         int32_t end)
      : s_(s), input_(input), output_(output), end_(end), y_(begin) {
    joined_ = g.flat && input.row == static_cast<size_t>(s.out_w) * s.in_c;
  }

  bool Next(Chunk* chunk) {
    if (y_ == end_) return false;
    chunk->count = 0;
    chunk->input = input_.pixels + static_cast<size_t>(y_) * s_.stride_h * input_.row +
                   static_cast<size_t>(x_) * s_.stride_w * s_.in_c;
    do {
      const int32_t count = MinInt(kChunk - chunk->count, s_.out_w - x_);
      uint8_t* to = output_.pixels + y_ * output_.row + static_cast<size_t>(x_) * s_.out_c;
      for (int32_t i = 0; i < count; ++i, to += s_.out_c) chunk->outputs[chunk->count++] = to;
      x_ += count;
      if (x_ == s_.out_w) {
        x_ = 0;
        ++y_;
      }
    } while (joined_ && y_ != end_ && chunk->count < kChunk);
    return true;
  }

 private:
  const ConvShape& s_;
  const ConstImage& input_;
  const Image& output_;
  int32_t end_, y_, x_ = 0;
  bool joined_;
};

void Run(const ConvShape& s, const ConvParameters& p, const void* packed, const ConstImage& input,
         const Image& output, int32_t begin, int32_t end, void* scratch) {
  const Geometry g = MakeGeometry(s);
  const Header* header = static_cast<const Header*>(packed);
  const Context context = {static_cast<size_t>(s.stride_w) * s.in_c,
                           s.dilation_h * input.row,
                           static_cast<size_t>(s.dilation_w) * s.in_c,
                           s.kernel_h,
                           g.runs,
                           g.steps,
                           p.output,
                           OutputStage(p.output, header->trust),
                           static_cast<int32_t*>(scratch)};
  const uint8_t* first = static_cast<const uint8_t*>(packed) + sizeof(Header);
  const auto all_blocks = [&](auto run_block) {
    const uint8_t* at = first;
    for (int32_t group = 0; group < s.groups; ++group) {
      for (int32_t channel = 0; channel < g.group_out; channel += 64) {
        const Block b = BlockAt(g, channel);
        run_block(b, static_cast<size_t>(group) * g.group_in, static_cast<size_t>(group) * g.group_out, at);
        at += sizeof(ChannelBlock) + WeightBytes(s, g, b);
      }
    }
  };
  Chunk chunk;
  if (PackedBytes(s) <= kNearestCache) {
    Chunks chunks(s, g, input, output, begin, end);
    while (chunks.Next(&chunk)) {
      all_blocks([&](const Block& b, size_t group_in, size_t group_out, const uint8_t* at) {
        RunBlock(context, chunk, b, group_in, group_out, at);
      });
    }
    return;
  }
  all_blocks([&](const Block& b, size_t group_in, size_t group_out, const uint8_t* at) {
    Chunks chunks(s, g, input, output, begin, end);
    while (chunks.Next(&chunk)) RunBlock(context, chunk, b, group_in, group_out, at);
  });
}

}  // namespace

extern const ConvKernel kConvAvx512Vnni;
const ConvKernel kConvAvx512Vnni = {
    "avx512vnni", kCpuAvx512 | kCpuAvx512Vnni, true, PackedBytes, Pack, ScratchBytes, Run};

}  // namespace weightfold
