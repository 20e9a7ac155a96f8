// vpmaddwd on 16-bit inputs and weights: exact for every weight, unlike vpmaddubsw. A tile is up to 6 pixels
// × 16 output channels, or 12 × 8: its 12 accumulators stay in registers while the weights stream by, and the
// two inputs of each pixel are broadcast from memory. Inputs are widened to 16 bits first, a band of pixels
// at a time for 1 × 1. A kernel row is one run of inputs (a kernel element when dilated or grouped), padded
// to twos with weights of zero.
#include "kernels/conv/x86_avx2.h"
#include "base/cpu.h"
#include "kernels/conv/x86_tile_avx2.h"

namespace weightfold {
namespace {

// Bytes of inputs that all output channels go over before the next ones come: some in the nearest cache while
// the weights come from the second; more where the weights do not fit there.
constexpr size_t kBandBytes = 16 * 1024, kLargeBandBytes = 64 * 1024, kSecondCache = 256 * 1024;

// Pixels of a pointwise convolution that are widened at once: whole tiles.
int32_t BandPixels(const ConvShape& s) {
  const size_t weight_bytes = sizeof(int16_t) * s.in_c * static_cast<size_t>(s.out_c) / s.groups;
  const size_t bytes = weight_bytes > kSecondCache ? kLargeBandBytes : kBandBytes;
  const int32_t tiles = static_cast<int32_t>(bytes / (2 * static_cast<size_t>(s.in_c))) / 12;
  return 12 * MaxInt(1, tiles);
}

size_t ScratchBytes(const ConvShape& s) {
  const Geometry g = MakeGeometry(s);
  const size_t band = static_cast<size_t>(MinInt(BandPixels(s), s.out_h * s.out_w)) * s.in_c + 64;
  return (g.pointwise ? band : g.image.elements()) * sizeof(int16_t);
}

// What all tiles of a call share.
struct Context {
  size_t pixel;         // bytes from an output's widened inputs to those of the next
  size_t output_pixel;  // bytes from an output to the next
  const int32_t* offsets;
  int32_t steps;
  const Requantization& requantization;
  OutputStage stage;
};

// Stores the codes of as many pixels as four registers hold, at most `count`.
template <int kVectors>
WEIGHTFOLD_INLINE void StorePixels(__m256i codes, size_t pixel, uint8_t* to, int count, int32_t channels) {
  codes = RowsInOrder<kVectors>(codes);
  const __m128i low = _mm256_castsi256_si128(codes), high = _mm256_extracti128_si256(codes, 1);
  if (kVectors == 2) {
    StoreFirst(to, low, channels);
    if (count > 1) StoreFirst(to + pixel, high, channels);
  } else {
    StoreFirst(to, low, channels);
    if (count > 1) StoreFirst(to + pixel, _mm_unpackhi_epi64(low, low), channels);
    if (count > 2) StoreFirst(to + 2 * pixel, high, channels);
    if (count > 3) StoreFirst(to + 3 * pixel, _mm_unpackhi_epi64(high, high), channels);
  }
}

template <int kVectors, int kRows>
void Tile(const Context& context, const uint8_t* x, const uint8_t* packed, uint8_t* output,
          int32_t channels) {
  const Channels& block = *reinterpret_cast<const Channels*>(packed);
  __m256i sums[kRows][kVectors];
#pragma GCC unroll 12
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) sums[i][v] = LoadVector(block.bias + 8 * v);
  }
  AddTile<kVectors, kRows>({x, context.pixel, context.offsets, context.steps}, packed + sizeof(Channels),
                           sums);
  constexpr int kRowsPerGroup = 4 / kVectors;
#pragma GCC unroll 3
  for (int first = 0; first < kRows; first += kRowsPerGroup) {
    // Behind the last row, it is repeated.
    __m256i four[4];
#pragma GCC unroll 4
    for (int v = 0; v < 4; ++v) {
      const int row = first + v / kVectors;
      four[v] = sums[row < kRows ? row : kRows - 1][v % kVectors];
    }
    const __m256i codes = CodesOf<kVectors>(four, block, context.stage, context.requantization);
    StorePixels<kVectors>(codes, context.output_pixel, output, kRows - first, channels);
    output += kRowsPerGroup * context.output_pixel;
  }
}

using TileFunction = void (*)(const Context&, const uint8_t*, const uint8_t*, uint8_t*, int32_t);
constexpr TileFunction kTiles[kMaxVectors + 1][13] = {
    {},
    {nullptr, Tile<1, 1>, Tile<1, 2>, Tile<1, 3>, Tile<1, 4>, Tile<1, 5>, Tile<1, 6>, Tile<1, 7>, Tile<1, 8>,
     Tile<1, 9>, Tile<1, 10>, Tile<1, 11>, Tile<1, 12>},
    {nullptr, Tile<2, 1>, Tile<2, 2>, Tile<2, 3>, Tile<2, 4>, Tile<2, 5>, Tile<2, 6>},
};

// Rows of pixels whose inputs are widened.
struct Band {
  const uint8_t* input;
  size_t input_row;  // bytes from a row to the next
  Image output;
  int32_t rows, width;
};

void RunRow(const Context& context, const uint8_t* x, uint8_t* output, int32_t width, const Block& b,
            const uint8_t* packed) {
  ForEachTile(width, b.vectors, [&](int32_t first, int32_t count) {
    kTiles[b.vectors][count](context, x + first * context.pixel, packed,
                             output + first * context.output_pixel, b.channels);
  });
}

// All output channels of a band.
void RunBand(const Context& context, const ConvShape& s, const Geometry& g, const uint8_t* packed,
             const Band& band) {
  for (int32_t group = 0; group < s.groups; ++group) {
    for (int32_t first = 0; first < g.group_out; first += 16) {
      const Block b = BlockAt(g, group, first);
      const uint8_t* x = band.input + b.first_input * sizeof(int16_t);
      uint8_t* output = band.output.pixels + b.first_output;
      for (int32_t row = 0; row < band.rows; ++row, x += band.input_row, output += band.output.row) {
        RunRow(context, x, output, band.width, b, packed);
      }
      packed += BlockBytes(g, b);
    }
  }
}

// uint8 codes as int16, n elements; reads up to 15 bytes and writes up to 15 elements beyond them.
WEIGHTFOLD_INLINE void Widen(int16_t* to, const uint8_t* from, size_t n, uint8_t flip) {
  const __m128i mask = _mm_set1_epi8(static_cast<int8_t>(flip ^ kUnsignedFlip));
  for (size_t i = 0; i < n; i += 16) {
    const __m128i stored = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i));
    const __m256i codes = _mm256_cvtepu8_epi16(_mm_xor_si128(stored, mask));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + i), codes);
  }
}

// Widens a band at a time, so that it is near when the tiles read it. Rows that follow one another without
// gaps, in the input and in the output, are one long row.
template <typename Run>
void ForEachPointwiseBand(const ConvShape& s, uint8_t flip, const ConstImage& input, const Image& output,
                          int32_t begin, int32_t end, int16_t* widened, Run run_band) {
  const size_t in_pixel = static_cast<size_t>(s.in_c), out_pixel = static_cast<size_t>(s.out_c);
  const bool joined = input.row == s.out_w * in_pixel && output.row == s.out_w * out_pixel;
  const int32_t rows = joined ? 1 : end - begin, width = joined ? (end - begin) * s.out_w : s.out_w;
  const int32_t most = BandPixels(s), most_width = MinInt(width, most), most_rows = MaxInt(1, most / width);
  for (int32_t y = 0; y < rows; y += most_rows) {
    const int32_t band_rows = MinInt(most_rows, rows - y);
    for (int32_t x = 0; x < width; x += most_width) {
      const int32_t band_width = MinInt(most_width, width - x);
      for (int32_t row = 0; row < band_rows; ++row) {
        const uint8_t* from = input.pixels + static_cast<size_t>(begin + y + row) * input.row + x * in_pixel;
        Widen(widened + row * band_width * in_pixel, from, band_width * in_pixel, flip);
      }
      uint8_t* to = output.pixels + static_cast<size_t>(begin + y) * output.row + x * out_pixel;
      run_band(Band{reinterpret_cast<const uint8_t*>(widened),
                    band_width * in_pixel * sizeof(int16_t),
                    {to, output.row},
                    band_rows,
                    band_width});
    }
  }
}

void Run(const ConvShape& s, const ConvParameters& p, const void* packed, const ConstImage& input,
         const Image& output, int32_t begin, int32_t end, void* scratch) {
  const Geometry g = MakeGeometry(s);
  const Header* header = static_cast<const Header*>(packed);
  const int32_t* offsets = reinterpret_cast<const int32_t*>(header + 1);
  const uint8_t* blocks = reinterpret_cast<const uint8_t*>(offsets) + OffsetBytes(g);
  const Context context = {static_cast<size_t>(s.stride_w) * s.in_c * sizeof(int16_t),
                           static_cast<size_t>(s.out_c),
                           offsets,
                           g.steps,
                           p.output,
                           OutputStage(p.output, *header)};
  const auto run_band = [&](const Band& band) { RunBand(context, s, g, blocks, band); };
  int16_t* widened = static_cast<int16_t*>(scratch);
  if (g.pointwise) {
    return ForEachPointwiseBand(s, p.input_flip, input, output, begin, end, widened, run_band);
  }
  WidenRows<Widen>(s, g.image, input, p.input_flip, begin, end, widened);
  const size_t row_bytes = s.stride_h * g.image.row() * sizeof(int16_t);
  const int32_t step = MaxInt(1, static_cast<int32_t>(kBandBytes / row_bytes));
  for (int32_t y = begin; y < end; y += step) {
    const uint8_t* x = reinterpret_cast<const uint8_t*>(widened) + (y - begin) * row_bytes;
    run_band(Band{x,
                  row_bytes,
                  {output.pixels + static_cast<size_t>(y) * output.row, output.row},
                  MinInt(step, end - y),
                  s.out_w});
  }
}

}  // namespace

extern const ConvKernel kConvAvx2;
const ConvKernel kConvAvx2 = {"avx2", kCpuAvx2 | kCpuFma, false, PackedBytes, Pack, ScratchBytes, Run};

}  // namespace weightfold
