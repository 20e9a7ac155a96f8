// vpmaddwd on 16-bit inputs and weights: exact for every weight, unlike vpmaddubsw. A tile is up to 6 output
// pixels × 16 output channels: 12 accumulators, 2 weight registers, 1 broadcast pair of inputs.
//
// Packed weights of a block of 16 channels: [segment][pair of k][register 0, 1][8 lanes][2], pack order. A
// segment is a run of inputs that lie next to each other: a kernel row, or a kernel element when dilated or
// grouped.
#include "kernels/common/x86_avx2.h"
#include "base/cpu.h"
#include "kernels/conv/conv.h"

namespace weightfold {
namespace {

constexpr int32_t kTileRows = 6;
constexpr int32_t kChunk =
    48;  // pixels whose inputs stay in the cache while all output channels go over them

struct Geometry {
  int32_t group_in, group_out, blocks;  // per group; blocks of 16 output channels
  int32_t segments, segment_length, pairs;
  bool pointwise;  // outputs see one input pixel each, in the same order
  WidenedImage image;
};

Geometry MakeGeometry(const ConvShape& s) {
  Geometry g;
  g.group_in = s.in_c / s.groups;
  g.group_out = s.out_c / s.groups;
  g.blocks = (g.group_out + 15) / 16;
  const bool whole_row = s.groups == 1 && s.dilation_w == 1;
  g.segments = whole_row ? s.kernel_h : s.kernel_h * s.kernel_w;
  g.segment_length = whole_row ? s.kernel_w * s.in_c : g.group_in;
  g.pairs = (g.segment_length + 1) / 2;
  g.pointwise = s.kernel_h == 1 && s.kernel_w == 1 && s.stride_w == 1;
  g.image = WidenedImage::Of(s, s.in_c);
  return g;
}

size_t WeightBytes(const Geometry& g) { return static_cast<size_t>(g.segments) * g.pairs * 64; }
size_t BlockBytes(const Geometry& g) { return sizeof(ChannelBlock) + WeightBytes(g); }

struct Header {
  alignas(64) float trust;
};

size_t PackedBytes(const ConvShape& s) {
  const Geometry g = MakeGeometry(s);
  return sizeof(Header) + static_cast<size_t>(s.groups) * g.blocks * BlockBytes(g);
}

size_t ScratchBytes(const ConvShape& s) {
  const Geometry g = MakeGeometry(s);
  const size_t elements = g.pointwise ? static_cast<size_t>(kChunk) * s.in_c + 64 : g.image.elements();
  return elements * sizeof(int16_t);
}

void PackBlock(const ConvParameters& p, const Geometry& g, int32_t group, int32_t first, uint8_t* to,
               float* trust) {
  ChannelBlock* block = reinterpret_cast<ChannelBlock*>(to);
  int16_t* weights = reinterpret_cast<int16_t*>(to + sizeof(ChannelBlock));
  const size_t kernel = static_cast<size_t>(g.segments) * g.segment_length;
  for (int i = 0; i < 16; ++i) {
    const int32_t within = first + PackedChannel(i);
    const bool exists = within < g.group_out;
    const int32_t oc = group * g.group_out + MinInt(within, g.group_out - 1);
    const int8_t* w = p.weights + oc * kernel;
    int32_t sum = 0;
    bool all_zero = true;
    double magnitude = p.bias ? std::fabs(static_cast<double>(p.bias[oc])) : 0;
    for (size_t k = 0; k < kernel; ++k) {
      const int32_t weight = w[k] - p.weight_zero_point;
      sum = WrappingAdd(sum, weight);
      all_zero = all_zero && weight == 0;
      magnitude += 255.0 * std::abs(weight);
    }
    const int32_t offset = WrappingMultiply(-p.input_zero_point, sum);
    SetChannel(block, i, oc, WrappingAdd(p.bias ? p.bias[oc] : 0, offset), magnitude, all_zero, p.output,
               trust);
    for (int32_t segment = 0; segment < g.segments; ++segment) {
      for (int32_t k = 0; k < 2 * g.pairs; ++k) {
        const bool inside = exists && k < g.segment_length;
        const size_t at = (static_cast<size_t>(segment) * g.pairs + k / 2) * 32 + i * 2 + k % 2;
        const size_t from = static_cast<size_t>(segment) * g.segment_length + k;
        weights[at] = static_cast<int16_t>(inside ? w[from] - p.weight_zero_point : 0);
      }
    }
  }
}

void Pack(const ConvShape& s, const ConvParameters& p, void* packed) {
  const Geometry g = MakeGeometry(s);
  Header* header = static_cast<Header*>(packed);
  header->trust = InitialTrust(p.output);
  uint8_t* to = static_cast<uint8_t*>(packed) + sizeof(Header);
  for (int32_t group = 0; group < s.groups; ++group) {
    for (int32_t block = 0; block < g.blocks; ++block, to += BlockBytes(g)) {
      PackBlock(p, g, group, block * 16, to, &header->trust);
    }
  }
}

// What a tile needs beside its rows.
struct TileContext {
  const ConvShape& shape;
  const Geometry& geometry;
  const Requantization& requantization;
  OutputStage stage;
};

// Where a segment's inputs lie relative to those of segment 0.
WEIGHTFOLD_INLINE size_t SegmentOffset(const ConvShape& s, const Geometry& g, int32_t segment) {
  const bool whole_row = g.segments == s.kernel_h;
  const int32_t ky = whole_row ? segment : segment / s.kernel_w, kx = whole_row ? 0 : segment % s.kernel_w;
  return ky * s.dilation_h * g.image.row() + static_cast<size_t>(kx) * s.dilation_w * s.in_c;
}

template <int kRows>
void Tile(const TileContext& context, const int16_t* const* rows, const uint8_t* packed,
          uint8_t* const* outputs, size_t first_channel, int32_t channels) {
  const Geometry& g = context.geometry;
  const ChannelBlock& block = *reinterpret_cast<const ChannelBlock*>(packed);
  const __m256i* w = reinterpret_cast<const __m256i*>(packed + sizeof(ChannelBlock));
  __m256i sums[kRows][2];
#pragma GCC unroll 6
  for (int i = 0; i < kRows; ++i) {
    sums[i][0] = _mm256_load_si256(reinterpret_cast<const __m256i*>(block.bias));
    sums[i][1] = _mm256_load_si256(reinterpret_cast<const __m256i*>(block.bias + 8));
  }
  for (int32_t segment = 0; segment < g.segments; ++segment) {
    const size_t offset = SegmentOffset(context.shape, g, segment);
    const int16_t* x[kRows];
#pragma GCC unroll 6
    for (int i = 0; i < kRows; ++i) x[i] = rows[i] + offset;
    for (int32_t k = 0; k < 2 * g.pairs; k += 2, w += 2) {
      const __m256i w0 = _mm256_load_si256(w), w1 = _mm256_load_si256(w + 1);
#pragma GCC unroll 6
      for (int i = 0; i < kRows; ++i) {
        int32_t pair;
        std::memcpy(&pair, x[i] + k, sizeof(pair));
        const __m256i inputs = _mm256_set1_epi32(pair);
        sums[i][0] = _mm256_add_epi32(sums[i][0], _mm256_madd_epi16(inputs, w0));
        sums[i][1] = _mm256_add_epi32(sums[i][1], _mm256_madd_epi16(inputs, w1));
      }
    }
  }
#pragma GCC unroll 6
  for (int i = 0; i < kRows; i += 2) {
    const int j = i + 1 < kRows ? i + 1 : i;
    const __m256i codes = RequantizeTwo(sums[i][0], sums[i][1], block, sums[j][0], sums[j][1], block,
                                        context.stage, context.requantization);
    StoreFirst(outputs[i] + first_channel, _mm256_castsi256_si128(codes), channels);
    if (j != i) StoreFirst(outputs[j] + first_channel, _mm256_extracti128_si256(codes, 1), channels);
  }
}

using TileFunction = void (*)(const TileContext&, const int16_t* const*, const uint8_t*, uint8_t* const*,
                              size_t, int32_t);
constexpr TileFunction kTiles[kTileRows + 1] = {nullptr, Tile<1>, Tile<2>, Tile<3>,
                                                Tile<4>, Tile<5>, Tile<6>};

// Pixels whose inputs and outputs are known, up to kChunk.
struct Chunk {
  const int16_t* rows[kChunk];
  uint8_t* outputs[kChunk];
  int32_t count = 0;
};

// All output channels of a chunk, which is empty afterwards.
void RunChunk(const TileContext& context, const uint8_t* packed, Chunk* chunk) {
  const ConvShape& s = context.shape;
  const Geometry& g = context.geometry;
  const int32_t count = chunk->count, tiles = (count + kTileRows - 1) / kTileRows;
  for (int32_t group = 0; group < s.groups; ++group) {
    for (int32_t block = 0; block < g.blocks; ++block, packed += BlockBytes(g)) {
      const int32_t channels = MinInt(16, g.group_out - block * 16);
      const size_t first_channel = static_cast<size_t>(group) * g.group_out + block * 16;
      for (int32_t tile = 0, first = 0; tile < tiles; ++tile) {
        // Even tiles: 8 pixels are 4 + 4, not 6 + 2.
        const int32_t size = count / tiles + (tile < count % tiles ? 1 : 0);
        kTiles[size](context, chunk->rows + first, packed, chunk->outputs + first, first_channel, channels);
        first += size;
      }
    }
    for (int32_t i = 0; i < count; ++i) chunk->rows[i] += g.group_in;
  }
  chunk->count = 0;
}

// Widens a chunk at a time, so that it is in the nearest cache when the tiles read it.
void RunPointwise(const TileContext& context, const uint8_t* packed, uint8_t flip, const ConstImage& input,
                  const Image& output, int32_t begin, int32_t end, int16_t* scratch) {
  const ConvShape& s = context.shape;
  Chunk chunk;
  for (int32_t oy = begin; oy < end; ++oy) {
    const uint8_t* x = input.pixels + static_cast<size_t>(oy) * s.stride_h * input.row;
    uint8_t* y = output.pixels + oy * output.row;
    for (int32_t ox = 0; ox < s.out_w;) {
      const int32_t count = MinInt(kChunk - chunk.count, s.out_w - ox);
      int16_t* to = scratch + static_cast<size_t>(chunk.count) * s.in_c;
      Widen(to, x + static_cast<size_t>(ox) * s.in_c, static_cast<size_t>(count) * s.in_c, flip);
      for (int32_t i = 0; i < count; ++i) {
        chunk.rows[chunk.count] = to + static_cast<size_t>(i) * s.in_c;
        chunk.outputs[chunk.count++] = y + static_cast<size_t>(ox + i) * s.out_c;
      }
      ox += count;
      const bool last = oy == end - 1 && ox == s.out_w;
      if (chunk.count == kChunk || last) RunChunk(context, packed, &chunk);
    }
  }
}

void RunWindows(const TileContext& context, const uint8_t* packed, const int16_t* widened,
                const Image& output, int32_t begin, int32_t end) {
  const ConvShape& s = context.shape;
  Chunk chunk;
  for (int32_t oy = begin; oy < end; ++oy) {
    const int16_t* x = widened + static_cast<size_t>(oy - begin) * s.stride_h * context.geometry.image.row();
    uint8_t* y = output.pixels + oy * output.row;
    for (int32_t ox = 0; ox < s.out_w; ++ox) {
      chunk.rows[chunk.count] = x + static_cast<size_t>(ox) * s.stride_w * s.in_c;
      chunk.outputs[chunk.count++] = y + static_cast<size_t>(ox) * s.out_c;
      const bool last = oy == end - 1 && ox == s.out_w - 1;
      if (chunk.count == kChunk || last) RunChunk(context, packed, &chunk);
    }
  }
}

void Run(const ConvShape& s, const ConvParameters& p, const void* packed, const ConstImage& input,
         const Image& output, int32_t begin, int32_t end, void* scratch) {
  const Geometry g = MakeGeometry(s);
  const uint8_t* blocks = static_cast<const uint8_t*>(packed) + sizeof(Header);
  const TileContext context = {s, g, p.output,
                               OutputStage(p.output, static_cast<const Header*>(packed)->trust)};
  int16_t* widened = static_cast<int16_t*>(scratch);
  if (g.pointwise) return RunPointwise(context, blocks, p.input_flip, input, output, begin, end, widened);
  WidenRows<Widen>(s, g.image, input, p.input_flip, begin, end, widened);
  RunWindows(context, blocks, widened, output, begin, end);
}

}  // namespace

extern const ConvKernel kConvAvx2;
const ConvKernel kConvAvx2 = {"avx2", kCpuAvx2 | kCpuFma, false, PackedBytes, Pack, ScratchBytes, Run};

}  // namespace weightfold
