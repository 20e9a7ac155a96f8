// 3 × 3 convolution in Winograd's form F(2 × 2, 3 × 3) (Lavin and Gray, "Fast Algorithms for Convolutional
// Neural Networks", 2015), exactly: four outputs take 16 products per input and output channel instead of 36.
// In integers nothing is lost: inputs become differences and sums of four codes, at most 1,020, weights four
// times theirs, at most 1,152, so vpmaddwd takes both, and the sums are four times the accumulators.
//
// A tile is 2 × 2 outputs, of 4 × 4 inputs. Some rows of tiles at a time: their inputs are transformed, each
// of the 16 positions is a product of matrices [tile][input] × [input][output channel], and the sums are
// transformed back, divided by four and requantized.
#include "kernels/conv/x86_winograd_avx2.h"
#include "base/cpu.h"
#include "kernels/conv/x86_tile_avx2.h"

namespace weightfold {
namespace {

// Tiles that are computed together: as many as fill registers well, with inputs that stay in the second
// cache.
constexpr int32_t kBandTiles = 48, kBandBytes = 192 * 1024;

int32_t TilesAcross(const ConvShape& s) { return (s.out_w + 1) / kOutputs; }
int32_t BandRows(const ConvShape& s) {
  const int32_t tile_bytes = kPositions * static_cast<int32_t>(PaddedInputs(s) * sizeof(int16_t));
  const int32_t tiles = MinInt(kBandTiles, kBandBytes / tile_bytes);
  return MinInt((s.out_h + 1) / kOutputs, MaxInt(1, tiles / TilesAcross(s)));
}

// Where things lie in the scratch: rows of inputs that are transformed down, [4][column][channel] int16,
// inputs that are transformed both ways, [position][tile][channel] int16, and sums, [position][tile][lane]
// int32.
struct Layout {
  size_t row;    // elements
  size_t pixel;  // elements of a tile at a position: whole registers
  size_t tiles;
  size_t inputs, sums, bytes;  // offsets in bytes, and all

  explicit Layout(const ConvShape& s) {
    const size_t columns = static_cast<size_t>(kOutputs * TilesAcross(s) + 2);
    row = RoundUp(columns * s.in_c, 16) + 16;
    pixel = PaddedInputs(s);
    tiles = static_cast<size_t>(TilesAcross(s)) * BandRows(s);
    inputs = RoundUp(kInputs * row * sizeof(int16_t), 64);
    sums = inputs + RoundUp(kPositions * tiles * pixel * sizeof(int16_t), 64);
    bytes = sums + kPositions * tiles * 16 * sizeof(int32_t);
  }
};

size_t ScratchBytes(const ConvShape& s) { return Layout(s).bytes; }

// B of the transform, down or across.
WEIGHTFOLD_INLINE void TransformFour(const __m256i in[kInputs], __m256i to[kInputs]) {
  to[0] = _mm256_sub_epi16(in[0], in[2]);
  to[1] = _mm256_add_epi16(in[1], in[2]);
  to[2] = _mm256_sub_epi16(in[2], in[1]);
  to[3] = _mm256_sub_epi16(in[1], in[3]);
}

WEIGHTFOLD_INLINE void Store(int16_t* to, __m256i numbers) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), numbers);
}

// Down: four rows of `count` codes. Reads up to 15 codes beyond them.
void TransformRows(const uint8_t* const rows[kInputs], size_t count, uint8_t flip, int16_t* to, size_t row) {
  const __m128i mask = _mm_set1_epi8(static_cast<int8_t>(flip ^ kUnsignedFlip));
  for (size_t i = 0; i < count; i += 16) {
    __m256i in[kInputs], out[kInputs];
    for (int r = 0; r < kInputs; ++r) {
      const __m128i codes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(rows[r] + i));
      in[r] = _mm256_cvtepu8_epi16(_mm_xor_si128(codes, mask));
    }
    TransformFour(in, out);
    for (int r = 0; r < kInputs; ++r) Store(to + r * row + i, out[r]);
  }
}

// Across: the four columns of each tile of a row. Lanes behind the last channel hold whatever follows; their
// weights are zero.
void TransformColumns(const int16_t* from, const Layout& layout, int32_t tiles, int32_t in_c, int16_t* to) {
  const size_t channels = static_cast<size_t>(in_c), position = layout.tiles * layout.pixel;
  for (int r = 0; r < kInputs; ++r, from += layout.row, to += kInputs * position) {
    for (int32_t tile = 0; tile < tiles; ++tile) {
      const int16_t* first = from + static_cast<size_t>(tile) * kOutputs * channels;
      int16_t* at = to + tile * layout.pixel;
      for (size_t c = 0; c < channels; c += 16) {
        __m256i in[kInputs], out[kInputs];
        for (int x = 0; x < kInputs; ++x) in[x] = LoadVector(first + x * channels + c);
        TransformFour(in, out);
        for (int x = 0; x < kInputs; ++x) Store(at + x * position + c, out[x]);
      }
    }
  }
}

// The sums of some tiles at one position.
template <int kVectors, int kRows>
void Multiply(const TileInputs& inputs, const uint8_t* weights, const int32_t* start, int32_t* to) {
  __m256i sums[kRows][kVectors];
#pragma GCC unroll 12
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) sums[i][v] = LoadVector(start + 8 * v);
  }
  AddTile<kVectors, kRows>(inputs, weights, sums);
#pragma GCC unroll 12
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) {
      _mm256_store_si256(reinterpret_cast<__m256i*>(to + 8 * (kVectors * i + v)), sums[i][v]);
    }
  }
}

using MultiplyFunction = void (*)(const TileInputs&, const uint8_t*, const int32_t*, int32_t*);
constexpr MultiplyFunction kMultiply[kMaxVectors + 1][13] = {
    {},
    {nullptr, Multiply<1, 1>, Multiply<1, 2>, Multiply<1, 3>, Multiply<1, 4>, Multiply<1, 5>, Multiply<1, 6>,
     Multiply<1, 7>, Multiply<1, 8>, Multiply<1, 9>, Multiply<1, 10>, Multiply<1, 11>, Multiply<1, 12>},
    {nullptr, Multiply<2, 1>, Multiply<2, 2>, Multiply<2, 3>, Multiply<2, 4>, Multiply<2, 5>, Multiply<2, 6>},
};

// A of the transform on four registers.
WEIGHTFOLD_INLINE void TransformSums(const __m256i in[kInputs], __m256i to[kOutputs]) {
  const __m256i middle = _mm256_sub_epi32(in[1], in[2]);
  to[0] = _mm256_add_epi32(_mm256_add_epi32(in[0], in[1]), in[2]);
  to[1] = _mm256_sub_epi32(middle, in[3]);
}

// What all tiles of a call share.
struct Context {
  const ConvShape& shape;
  const Requantization& requantization;
  OutputStage stage;
  Layout layout;
};

// The four outputs of a tile, 8 channels.
WEIGHTFOLD_INLINE void OutputsOf(const int32_t* sums, size_t position, __m256i outputs[kOutputs][kOutputs]) {
  __m256i down[kInputs][kOutputs];
#pragma GCC unroll 4
  for (int x = 0; x < kInputs; ++x) {
    __m256i column[kInputs];
#pragma GCC unroll 4
    for (int y = 0; y < kInputs; ++y) column[y] = LoadVector(sums + (kInputs * y + x) * position);
    TransformSums(column, down[x]);
  }
#pragma GCC unroll 2
  for (int y = 0; y < kOutputs; ++y) {
    const __m256i row[kInputs] = {down[0][y], down[1][y], down[2][y], down[3][y]};
    TransformSums(row, outputs[y]);
#pragma GCC unroll 2
    for (int x = 0; x < kOutputs; ++x) outputs[y][x] = _mm256_srai_epi32(outputs[y][x], 2);
  }
}

// Stores the codes of `rows` × `columns` outputs, at most 2 × 2.
template <int kVectors>
void FinishTile(const Context& context, const Block& block, const int32_t* sums, const Image& output,
                int32_t rows, int32_t columns, int32_t channels) {
  const size_t position = context.layout.tiles * 8 * kVectors,
               pixel = static_cast<size_t>(context.shape.out_c);
  __m256i outputs[kVectors][kOutputs][kOutputs];
#pragma GCC unroll 2
  for (int v = 0; v < kVectors; ++v) OutputsOf(sums + 8 * v, position, outputs[v]);
  __m256i codes[kVectors];  // of one register both rows, of two a row each
#pragma GCC unroll 2
  for (int y = 0; y < kVectors; ++y) {
    const __m256i one[4] = {outputs[0][0][0], outputs[0][0][1], outputs[0][1][0], outputs[0][1][1]};
    const int last = kVectors - 1;
    const __m256i two[4] = {outputs[0][y][0], outputs[last][y][0], outputs[0][y][1], outputs[last][y][1]};
    codes[y] = RowsInOrder<kVectors>(
        CodesOf<kVectors>(kVectors == 1 ? one : two, block.channels, context.stage, context.requantization));
  }
  uint8_t* to = output.pixels;
#pragma GCC unroll 2
  for (int y = 0; y < kOutputs; ++y, to += output.row) {
    if (y >= rows) break;
    const __m256i both = codes[kVectors == 1 ? 0 : y];
    const __m128i half =
        kVectors == 1 && y == 1 ? _mm256_extracti128_si256(both, 1) : _mm256_castsi256_si128(both);
    StoreFirst(to, half, channels);
    if (columns == 1) continue;
    StoreFirst(to + pixel, kVectors == 1 ? _mm_unpackhi_epi64(half, half) : _mm256_extracti128_si256(both, 1),
               channels);
  }
}

// Some rows of tiles, whose first outputs are at `output`: `height` rows.
void RunBand(const Context& context, const int32_t* offsets, const uint8_t* blocks, uint8_t* scratch,
             const Image& output, int32_t height) {
  static const int32_t kZero[16] = {};
  const ConvShape& s = context.shape;
  const Layout& layout = context.layout;
  const int32_t across = TilesAcross(s), tiles = across * ((height + 1) / kOutputs);
  int32_t* const sums = reinterpret_cast<int32_t*>(scratch + layout.sums);
  const size_t pixel = layout.pixel * sizeof(int16_t);
  for (int32_t first = 0; first < s.out_c; first += 16) {
    const int32_t vectors = VectorsOf(s, first), channels = MinInt(16, s.out_c - first);
    const Block& block = *reinterpret_cast<const Block*>(blocks);
    const uint8_t* weights = blocks + sizeof(Block);
    const size_t lanes = static_cast<size_t>(8 * vectors);
    for (int32_t i = 0; i < kPositions; ++i, weights += PositionBytes(s, vectors)) {
      const uint8_t* x = scratch + layout.inputs + i * layout.tiles * pixel;
      int32_t* to = sums + i * layout.tiles * lanes;
      ForEachTile(tiles, vectors, [&](int32_t tile, int32_t count) {
        kMultiply[vectors][count]({x + tile * pixel, pixel, offsets, Steps(s)}, weights,
                                  i == kBiasPosition ? block.bias : kZero, to + tile * lanes);
      });
    }
    for (int32_t tile = 0; tile < tiles; ++tile) {
      const int32_t y = tile / across * kOutputs, x = tile % across * kOutputs;
      const Image to = {output.pixels + y * output.row + static_cast<size_t>(x) * s.out_c + first,
                        output.row};
      const auto finish = vectors == 1 ? FinishTile<1> : FinishTile<2>;
      finish(context, block, sums + tile * lanes, to, height - y, MinInt(kOutputs, s.out_w - x), channels);
    }
    blocks += BlockBytes(s, vectors);
  }
}

void Run(const ConvShape& s, const ConvParameters& p, const void* packed, const ConstImage& input,
         const Image& output, int32_t begin, int32_t end, void* scratch) {
  const Header* header = static_cast<const Header*>(packed);
  const int32_t* offsets = reinterpret_cast<const int32_t*>(header + 1);
  const uint8_t* blocks = reinterpret_cast<const uint8_t*>(offsets) + OffsetBytes(s);
  const Context context = {s, p.output, OutputStage(p.output, *header), Layout(s)};
  const Layout& layout = context.layout;
  int16_t* const rows = static_cast<int16_t*>(scratch);
  int16_t* const inputs = reinterpret_cast<int16_t*>(static_cast<uint8_t*>(scratch) + layout.inputs);
  const int32_t across = TilesAcross(s), band = kOutputs * BandRows(s), last_row = s.out_h + 1;
  const size_t seen = static_cast<size_t>(s.out_w + 2) * s.in_c;
  // Columns and rows that only outputs that do not exist would need: any numbers will do.
  for (int r = 0; r < kInputs; ++r) {
    std::memset(rows + r * layout.row + seen, 0, (layout.row - seen) * sizeof(int16_t));
  }
  for (int32_t y = begin; y < end; y += band) {
    const int32_t height = MinInt(band, end - y);
    for (int32_t down = 0; down < height; down += kOutputs) {
      const uint8_t* from[kInputs];
      for (int r = 0; r < kInputs; ++r) {
        from[r] = input.pixels + static_cast<size_t>(MinInt(y + down + r, last_row)) * input.row;
      }
      TransformRows(from, seen, p.input_flip, rows, layout.row);
      TransformColumns(rows, layout, across, s.in_c, inputs + down / kOutputs * across * layout.pixel);
    }
    RunBand(context, offsets, blocks, static_cast<uint8_t*>(scratch),
            {output.pixels + static_cast<size_t>(y) * output.row, output.row}, height);
  }
}

}  // namespace

extern const ConvKernel kConvWinogradAvx2;
const ConvKernel kConvWinogradAvx2 = {
    "avx2-winograd", kCpuAvx2 | kCpuFma, false, PackedBytes, Pack, ScratchBytes, Run, false, Suits};

}  // namespace weightfold
