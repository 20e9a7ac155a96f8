// vpdpbusd: four uint8 inputs × four int8 weights to each of 16 channels. A tile is up to 6 pixels × 64
// output channels, 6 × 48, 12 × 32 or 16 × 16: its accumulators stay in registers while the weights stream
// by, and the four inputs of each pixel are broadcast from memory. No input is copied: a kernel row is one
// run of inputs (a kernel element when dilated or grouped), padded to fours with weights of zero.
//
// Packed: a Header, then blocks of up to 64 channels, each a ChannelBlock and weights
// [kernel row][run][step of four inputs][vector][lane][4].
#include "kernels/common/x86_avx512vnni.h"
#include "base/cpu.h"
#include "kernels/conv/conv.h"
#include "kernels/conv/x86_avx512vnni.h"

namespace weightfold {
namespace {

constexpr int kMaxVectors = 4;
constexpr int32_t kMaxRows[kMaxVectors + 1] = {0, 16, 12, 6, 6};
constexpr int32_t kChunk = 48;               // pixels whose inputs stay in the nearest cache for all blocks
constexpr size_t kNearestCache = 32 * 1024;  // weights that do fit: then chunks go over all blocks

// Output channels of a group, as many as their vectors hold or fewer.
struct Block {
  int32_t channels, vectors;
  size_t first_input, first_output;  // channels of an input and of an output pixel
};

// 64 channels at a time; what is left, in as few vectors as it needs.
Block BlockAt(const Geometry& g, int32_t group, int32_t first) {
  const int32_t channels = MinInt(64, g.group_out - first);
  return {channels, (channels + 15) / 16, static_cast<size_t>(group) * g.group_in,
          static_cast<size_t>(group) * g.group_out + first};
}

size_t WeightBytes(const ConvShape& s, const Geometry& g, const Block& b) {
  return static_cast<size_t>(s.kernel_h) * g.runs * g.steps * b.vectors * 64;
}

size_t GroupBytes(const ConvShape& s, const Geometry& g) {
  size_t bytes = 0;
  for (int32_t first = 0; first < g.group_out; first += 64) {
    bytes += sizeof(ChannelBlock) + WeightBytes(s, g, BlockAt(g, 0, first));
  }
  return bytes;
}

size_t PackedBytes(const ConvShape& s, const ConvParameters&) {
  return UsesPairs(s) ? PairsPackedBytes(s) : sizeof(Header) + s.groups * GroupBytes(s, MakeGeometry(s));
}

size_t ScratchBytes(const ConvShape&) { return 0; }

void PackBlock(const ConvShape& s, const ConvParameters& p, const Geometry& g, const Block& b, uint8_t* to,
               Header* header) {
  ChannelBlock* block = reinterpret_cast<ChannelBlock*>(to);
  int8_t* weights = reinterpret_cast<int8_t*>(to + sizeof(ChannelBlock));
  std::memset(to, 0, sizeof(ChannelBlock) + WeightBytes(s, g, b));
  const int32_t runs = s.kernel_h * g.runs;
  for (int32_t within = 0; within < b.channels; ++within) {
    const int32_t channel = static_cast<int32_t>(b.first_output) + within,
                  place = PlaceOfChannel(b.vectors, within);
    const int8_t* w = p.weights + static_cast<size_t>(channel) * runs * g.run_length;
    const int32_t bias = BiasOf(p.bias, channel);
    AccumulatorRange range(bias, p.input_zero_point);
    range.AddAll(w, static_cast<size_t>(runs) * g.run_length, 0);
    for (int32_t run = 0; run < runs; ++run) {
      const int8_t* from = w + static_cast<size_t>(run) * g.run_length;
      int8_t* four = weights + static_cast<size_t>(run) * g.steps * b.vectors * 64 + place * 4;
      for (int32_t k = 0; k < g.run_length; k += 4, four += b.vectors * 64) {
        std::memcpy(four, from + k, static_cast<size_t>(MinInt(4, g.run_length - k)));
      }
    }
    SetChannel(block, place, channel, bias, range, p.output, header);
  }
}

void Pack(const ConvShape& s, const ConvParameters& p, void* packed) {
  if (UsesPairs(s)) return PairsPack(s, p, packed);
  const Geometry g = MakeGeometry(s);
  Header* header = static_cast<Header*>(packed);
  *header = Header();
  uint8_t* to = static_cast<uint8_t*>(packed) + sizeof(Header);
  for (int32_t group = 0; group < s.groups; ++group) {
    for (int32_t first = 0; first < g.group_out; first += 64) {
      const Block b = BlockAt(g, group, first);
      PackBlock(s, p, g, b, to, header);
      to += sizeof(ChannelBlock) + WeightBytes(s, g, b);
    }
  }
}

// What all tiles of a call share.
struct Context {
  size_t pixel;               // bytes from an output's inputs to those of the next
  size_t output_pixel;        // bytes from an output to the next
  size_t row_step, run_step;  // from a kernel row to the next, from a run to the next
  int32_t rows, runs, steps;
  bool whole_pixels;  // one block of 16 or 32 channels is all of a pixel: codes of several are one run of
                      // bytes
  const Requantization& requantization;
  OutputStage stage;
};

// Stores the codes of as many pixels as four vectors hold, at most `count`.
template <int kVectors>
WEIGHTFOLD_INLINE void StorePixels(__m512i codes, const Context& context, uint8_t* to, int count,
                                   __mmask64 channels) {
  const size_t pixel = context.output_pixel;
  codes = RowsInOrder<kVectors>(codes);
  if (kVectors <= 2 && context.whole_pixels) {
    _mm512_mask_storeu_epi8(to, FirstBytes(static_cast<size_t>(count) * 16 * kVectors), codes);
  } else if (kVectors >= 3) {
    _mm512_mask_storeu_epi8(to, channels, codes);
  } else if (kVectors == 2) {
    const __mmask32 mask = static_cast<__mmask32>(channels);
    _mm256_mask_storeu_epi8(to, mask, _mm512_castsi512_si256(codes));
    if (count > 1) _mm256_mask_storeu_epi8(to + pixel, mask, _mm512_extracti64x4_epi64(codes, 1));
  } else {
    const __mmask16 mask = static_cast<__mmask16>(channels);
    _mm_mask_storeu_epi8(to, mask, _mm512_castsi512_si128(codes));
    if (count > 1) _mm_mask_storeu_epi8(to + pixel, mask, _mm512_extracti32x4_epi32(codes, 1));
    if (count > 2) _mm_mask_storeu_epi8(to + 2 * pixel, mask, _mm512_extracti32x4_epi32(codes, 2));
    if (count > 3) _mm_mask_storeu_epi8(to + 3 * pixel, mask, _mm512_extracti32x4_epi32(codes, 3));
  }
}

template <int kVectors, int kRows>
void Tile(const Context& context, const uint8_t* x, const uint8_t* packed, uint8_t* output,
          __mmask64 channels) {
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
  constexpr int kRowsPerGroup = kVectors == 1 ? 4 : kVectors == 2 ? 2 : 1;
#pragma GCC unroll 6
  for (int first = 0; first < kRows; first += kRowsPerGroup) {
    // Behind the last row or vector, one is repeated.
    __m512i four[4];
#pragma GCC unroll 4
    for (int v = 0; v < 4; ++v) {
      const int row = first + (kVectors == 3 ? 0 : v / kVectors);
      four[v] = sums[row < kRows ? row : kRows - 1][v % kVectors];
    }
    const __m512i codes = CodesOf<kVectors>(four, block, context.stage, context.requantization);
    StorePixels<kVectors>(codes, context, output, kRows - first, channels);
    output += kRowsPerGroup * context.output_pixel;
  }
}

using TileFunction = void (*)(const Context&, const uint8_t*, const uint8_t*, uint8_t*, __mmask64);
constexpr TileFunction kTiles[kMaxVectors + 1][17] = {
    {},
    {nullptr, Tile<1, 1>, Tile<1, 2>, Tile<1, 3>, Tile<1, 4>, Tile<1, 5>, Tile<1, 6>, Tile<1, 7>, Tile<1, 8>,
     Tile<1, 9>, Tile<1, 10>, Tile<1, 11>, Tile<1, 12>, Tile<1, 13>, Tile<1, 14>, Tile<1, 15>, Tile<1, 16>},
    {nullptr, Tile<2, 1>, Tile<2, 2>, Tile<2, 3>, Tile<2, 4>, Tile<2, 5>, Tile<2, 6>, Tile<2, 7>, Tile<2, 8>,
     Tile<2, 9>, Tile<2, 10>, Tile<2, 11>, Tile<2, 12>},
    {nullptr, Tile<3, 1>, Tile<3, 2>, Tile<3, 3>, Tile<3, 4>, Tile<3, 5>, Tile<3, 6>},
    {nullptr, Tile<4, 1>, Tile<4, 2>, Tile<4, 3>, Tile<4, 4>, Tile<4, 5>, Tile<4, 6>},
};

// Pixels whose inputs and outputs each lie the same distance apart.
struct Chunk {
  const uint8_t* input;
  uint8_t* output;
  int32_t count;
};

void RunBlock(const Context& context, const Chunk& chunk, const Block& b, const uint8_t* packed) {
  const __mmask64 channels = FirstBytes(static_cast<size_t>(b.channels));
  const int32_t most = kMaxRows[b.vectors], tiles = (chunk.count + most - 1) / most;
  const uint8_t* input = chunk.input + b.first_input;
  uint8_t* output = chunk.output + b.first_output;
  // Even tiles: 8 pixels are 4 + 4, not 6 + 2.
  const int32_t rows = chunk.count / tiles, larger = chunk.count % tiles;
  for (int32_t tile = 0; tile < tiles; ++tile) {
    const int32_t count = tile < larger ? rows + 1 : rows;
    kTiles[b.vectors][count](context, input, packed, output, channels);
    input += count * context.pixel;
    output += count * context.output_pixel;
  }
}

// Goes over output rows [begin, end) in chunks. Rows that follow one another without gaps, in the input and
// in the output, are one long row.
template <typename RunChunk>
void ForEachChunk(const ConvShape& s, const Geometry& g, const ConstImage& input, const Image& output,
                  int32_t begin, int32_t end, RunChunk run_chunk) {
  const size_t in_pixel = static_cast<size_t>(s.stride_w) * s.in_c, out_pixel = static_cast<size_t>(s.out_c);
  const bool joined = g.flat && input.row == s.out_w * in_pixel && output.row == s.out_w * out_pixel;
  const int32_t rows = joined ? 1 : end - begin, width = joined ? (end - begin) * s.out_w : s.out_w;
  for (int32_t y = 0; y < rows; ++y) {
    const uint8_t* x = input.pixels + static_cast<size_t>(begin + y) * s.stride_h * input.row;
    uint8_t* to = output.pixels + (begin + y) * output.row;
    for (int32_t first = 0; first < width; first += kChunk) {
      run_chunk(Chunk{x + first * in_pixel, to + first * out_pixel, MinInt(kChunk, width - first)});
    }
  }
}

void Run(const ConvShape& s, const ConvParameters& p, const void* packed, const ConstImage& input,
         const Image& output, int32_t begin, int32_t end, void*) {
  if (UsesPairs(s)) return PairsRun(s, p, packed, input, output, begin, end);
  const Geometry g = MakeGeometry(s);
  const Header* header = static_cast<const Header*>(packed);
  const Context context = {static_cast<size_t>(s.stride_w) * s.in_c,
                           static_cast<size_t>(s.out_c),
                           s.dilation_h * input.row,
                           static_cast<size_t>(s.dilation_w) * s.in_c,
                           s.kernel_h,
                           g.runs,
                           g.steps,
                           s.groups == 1 && (s.out_c == 16 || s.out_c == 32),
                           p.output,
                           OutputStage(p.output, *header)};
  const auto all_blocks = [&](auto run_block) {
    const uint8_t* at = static_cast<const uint8_t*>(packed) + sizeof(Header);
    for (int32_t group = 0; group < s.groups; ++group) {
      for (int32_t first = 0; first < g.group_out; first += 64) {
        const Block b = BlockAt(g, group, first);
        run_block(b, at);
        at += sizeof(ChannelBlock) + WeightBytes(s, g, b);
      }
    }
  };
  if (PackedBytes(s, p) <= kNearestCache) {
    ForEachChunk(s, g, input, output, begin, end, [&](const Chunk& chunk) {
      all_blocks([&](const Block& b, const uint8_t* at) { RunBlock(context, chunk, b, at); });
    });
    return;
  }
  all_blocks([&](const Block& b, const uint8_t* at) {
    ForEachChunk(s, g, input, output, begin, end,
                 [&](const Chunk& chunk) { RunBlock(context, chunk, b, at); });
  });
}

}  // namespace

extern const ConvKernel kConvAvx512Vnni;
const ConvKernel kConvAvx512Vnni = {
    "avx512_vnni", kCpuAvx512 | kCpuAvx512Vnni, true, PackedBytes, Pack, ScratchBytes, Run};

}  // namespace weightfold
