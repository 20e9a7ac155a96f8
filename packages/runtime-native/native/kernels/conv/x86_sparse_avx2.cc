// Pointwise convolution that skips blocks of zeros: the weights of four output channels for two inputs. Eight
// pixels are the lanes of a register, so a block is four broadcasts, and every four channels have a list of
// their own of the blocks that hold anything. A tile is 24 pixels × 4 channels: 12 accumulators. Inputs are
// transposed and widened first, a band of tiles at a time.
#include "kernels/conv/x86_sparse_avx2.h"
#include "base/cpu.h"

namespace weightfold {
namespace {

// Bytes of inputs that all output channels go over before the next ones come.
constexpr size_t kBandBytes = 16 * 1024;

size_t TileBytes(const ConvShape& s) { return RoundUp(static_cast<size_t>(s.in_c), 16) / 2 * kPairBytes; }

// How pixels are parted: into even tiles, so that four registers are two and two, not three and one.
struct Tiling {
  int32_t pixels, tiles, vectors, larger;  // the first `larger` tiles are of vectors + 1 registers

  explicit Tiling(int32_t count) : pixels(count) {
    const int32_t all = (count + kLanes - 1) / kLanes;
    tiles = (all + kMaxVectors - 1) / kMaxVectors;
    vectors = all / tiles;
    larger = all % tiles;
  }
  int32_t VectorsOf(int32_t tile) const { return tile < larger ? vectors + 1 : vectors; }
  int32_t FirstPixel(int32_t tile) const {
    return MinInt(pixels, kLanes * (tile * vectors + MinInt(tile, larger)));
  }
};

int32_t BandTiles(const ConvShape& s) {
  return MinInt(Tiling(s.out_h * s.out_w).tiles, MaxInt(1, static_cast<int32_t>(kBandBytes / TileBytes(s))));
}

// A band of inputs, and where its pixels go.
size_t ScratchBytes(const ConvShape& s) {
  return BandTiles(s) * (TileBytes(s) + kTilePixels * sizeof(uint8_t*));
}

// What all tiles of a call share.
struct Context {
  const Requantization& requantization;
  OutputStage stage;
};

// Pixels of a tile or of a band: their inputs, and where their outputs go.
struct Pixels {
  const uint8_t* inputs;
  uint8_t* const* to;
  int32_t count;
};

// Up to 16 output channels, which are stored together.
struct Block {
  const Group* groups;
  const Step* steps;  // of all groups
  int32_t first, channels;
};

// In assembly, so that a product lives no longer than until it is added: with intrinsics GCC 12 has several
// of them at once, and sums on the stack.
WEIGHTFOLD_INLINE void AddProducts(__m256i* sum, __m256i inputs, __m256i weights) {
  __m256i product;
  __asm__("vpmaddwd %2, %3, %1\n\tvpaddd %1, %0, %0"
          : "+x"(*sum), "=&x"(product)
          : "x"(inputs), "x"(weights));
}

// The same with inputs from memory each time, where no register is left to hold them.
WEIGHTFOLD_INLINE void AddProductsOf(__m256i* sum, const uint8_t* inputs, __m256i weights) {
  __m256i product;
  __asm__("vpmaddwd %2, %3, %1\n\tvpaddd %1, %0, %0"
          : "+x"(*sum), "=&x"(product)
          : "m"(*reinterpret_cast<const __m256i*>(inputs)), "x"(weights));
}

// The codes of a group's channels: of each register's pixels, four of one after those of the other.
template <int kVectors>
WEIGHTFOLD_INLINE void GroupCodes(const Context& context, const Group& group, const Step* steps,
                                  const uint8_t* inputs, __m256i codes[kVectors]) {
  __m256i sums[kGroup][kVectors];
#pragma GCC unroll 4
  for (int c = 0; c < kGroup; ++c) {
#pragma GCC unroll 3
    for (int v = 0; v < kVectors; ++v) sums[c][v] = _mm256_set1_epi32(group.channels.bias[c]);
  }
  for (const Step *step = steps + group.first, *end = step + group.steps; step != end; ++step) {
    const uint8_t* from = inputs + step->inputs;
    const __m256i first = LoadVector(from), second = LoadVector(from + 32);
#pragma GCC unroll 4
    for (int c = 0; c < kGroup; ++c) {
      const __m256i two = BroadcastFour(step->weights[c]);
      AddProducts(&sums[c][0], first, two);
      if (kVectors > 1) AddProducts(&sums[c][1], second, two);
      if (kVectors > 2) AddProductsOf(&sums[c][2], from + 64, two);
    }
  }
  const __m256i order = _mm256_setr_epi8(0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15,  //
                                         0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15);
#pragma GCC unroll 3
  for (int v = 0; v < kVectors; ++v) {
    const __m256i four[4] = {sums[0][v], sums[1][v], sums[2][v], sums[3][v]};
    const __m256i pairs = CodesOf<kGroup>(four, group.channels, context.stage, context.requantization);
    codes[v] = _mm256_shuffle_epi8(pairs, order);
  }
}

// Stores up to 16 channels of up to eight pixels, from the codes of four groups.
WEIGHTFOLD_INLINE void StorePixels(const __m256i groups[4], uint8_t* const* to, int32_t count,
                                   const Block& block) {
  const __m256i a = _mm256_unpacklo_epi32(groups[0], groups[1]),
                b = _mm256_unpacklo_epi32(groups[2], groups[3]);
  const __m256i c = _mm256_unpackhi_epi32(groups[0], groups[1]),
                d = _mm256_unpackhi_epi32(groups[2], groups[3]);
  // Pixels i and i + 4.
  const __m256i twos[4] = {_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b),
                           _mm256_unpacklo_epi64(c, d), _mm256_unpackhi_epi64(c, d)};
#pragma GCC unroll 4
  for (int32_t i = 0; i < 4; ++i) {
    if (i < count) StoreFirst(to[i] + block.first, _mm256_castsi256_si128(twos[i]), block.channels);
    if (i + 4 < count)
      StoreFirst(to[i + 4] + block.first, _mm256_extracti128_si256(twos[i], 1), block.channels);
  }
}

template <int kVectors>
void Tile(const Context& context, const Block& block, const Pixels& pixels) {
  __m256i codes[4][kVectors] = {};
  for (int32_t g = 0; g * kGroup < block.channels; ++g) {
    GroupCodes<kVectors>(context, block.groups[g], block.steps, pixels.inputs, codes[g]);
  }
#pragma GCC unroll 3
  for (int v = 0; v < kVectors; ++v) {
    const __m256i four[4] = {codes[0][v], codes[1][v], codes[2][v], codes[3][v]};
    StorePixels(four, pixels.to + kLanes * v, pixels.count - kLanes * v, block);
  }
}

using TileFunction = void (*)(const Context&, const Block&, const Pixels&);
constexpr TileFunction kTiles[kMaxVectors + 1] = {nullptr, Tile<1>, Tile<2>, Tile<3>};

// All output channels of tiles [begin, end), the first of which is the first of `band`.
void RunBand(const Context& context, const ConvShape& s, const Group* groups, const Tiling& tiling,
             int32_t begin, int32_t end, const Pixels& band) {
  const Step* steps = reinterpret_cast<const Step*>(groups + Groups(s));
  for (int32_t first = 0; first < s.out_c; first += 16) {
    const Block block = {groups + first / kGroup, steps, first, MinInt(16, s.out_c - first)};
    for (int32_t tile = begin; tile < end; ++tile) {
      const int32_t before = tiling.FirstPixel(tile) - tiling.FirstPixel(begin);
      const Pixels pixels = {band.inputs + (tile - begin) * TileBytes(s), band.to + before,
                             band.count - before};
      kTiles[tiling.VectorsOf(tile)](context, block, pixels);
    }
  }
}

// Eight rows of eight pairs of bytes to eight columns.
WEIGHTFOLD_INLINE void Transpose(__m128i rows[kLanes]) {
  __m128i twos[kLanes], fours[kLanes];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    twos[i] = _mm_unpacklo_epi16(rows[2 * i], rows[2 * i + 1]);
    twos[4 + i] = _mm_unpackhi_epi16(rows[2 * i], rows[2 * i + 1]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    fours[2 * i] = _mm_unpacklo_epi32(twos[2 * i], twos[2 * i + 1]);
    fours[2 * i + 1] = _mm_unpackhi_epi32(twos[2 * i], twos[2 * i + 1]);
  }
#pragma GCC unroll 2
  for (int half = 0; half < 2; ++half) {
#pragma GCC unroll 2
    for (int i = 0; i < 2; ++i) {
      const __m128i low = fours[4 * half + i], high = fours[4 * half + 2 + i];
      rows[4 * half + 2 * i] = _mm_unpacklo_epi64(low, high);
      rows[4 * half + 2 * i + 1] = _mm_unpackhi_epi64(low, high);
    }
  }
}

// Widens eight pixels into their lanes of a tile. Reads up to 15 bytes after a pixel; what they become is
// multiplied by nothing, or by zero.
void WidenPixels(const uint8_t* const pixels[kLanes], int32_t in_c, uint8_t flip, uint8_t* to) {
  const __m128i mask = _mm_set1_epi8(static_cast<int8_t>(flip ^ kUnsignedFlip));
  for (int32_t c = 0; c < in_c; c += 16) {
    __m128i rows[kLanes];
#pragma GCC unroll 8
    for (int i = 0; i < kLanes; ++i) {
      rows[i] = _mm_xor_si128(_mm_loadu_si128(reinterpret_cast<const __m128i*>(pixels[i] + c)), mask);
    }
    Transpose(rows);
#pragma GCC unroll 8
    for (int i = 0; i < kLanes; ++i, to += kPairBytes) {
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_cvtepu8_epi16(rows[i]));
    }
  }
}

// Walks over the pixels of the output, row after row: what each sees, and where it goes.
class Cursor {
 public:
  Cursor(const ConvShape& s, const ConstImage& input, const Image& output, int32_t row)
      : in_pixel_(static_cast<size_t>(s.stride_w) * s.in_c),
        out_pixel_(static_cast<size_t>(s.out_c)),
        in_gap_(s.stride_h * input.row - s.out_w * in_pixel_),
        out_gap_(output.row - s.out_w * out_pixel_),
        width_(s.out_w),
        from_(input.pixels + static_cast<size_t>(row) * s.stride_h * input.row),
        to_(output.pixels + row * output.row) {}
  const uint8_t* from() const { return from_; }
  uint8_t* to() const { return to_; }
  void Next() {
    from_ += in_pixel_;
    to_ += out_pixel_;
    if (++x_ < width_) return;
    x_ = 0;
    from_ += in_gap_;
    to_ += out_gap_;
  }

 private:
  const size_t in_pixel_, out_pixel_, in_gap_, out_gap_;  // from a pixel to the next, from a row to the next
  const int32_t width_;
  const uint8_t* from_;
  uint8_t* to_;
  int32_t x_ = 0;
};

// Fills a tile with the next `count` pixels. The last one is repeated up to a whole register.
void FillTile(Cursor* cursor, const ConvShape& s, uint8_t flip, int32_t count, uint8_t* inputs,
              uint8_t** to) {
  const uint8_t* from = nullptr;
  for (int32_t first = 0; first < count; first += kLanes, inputs += kLanes * kPixelBytes) {
    const uint8_t* pixels[kLanes];
    for (int32_t i = 0; i < kLanes; ++i) {
      if (first + i < count) {
        from = cursor->from();
        *to++ = cursor->to();
        cursor->Next();
      }
      pixels[i] = from;
    }
    WidenPixels(pixels, s.in_c, flip, inputs);
  }
}

void Run(const ConvShape& s, const ConvParameters& p, const void* packed, const ConstImage& input,
         const Image& output, int32_t begin, int32_t end, void* scratch) {
  const Header* header = static_cast<const Header*>(packed);
  const Group* groups = reinterpret_cast<const Group*>(header + 1);
  const Context context = {p.output, OutputStage(p.output, *header)};
  const Tiling tiling((end - begin) * s.out_w);
  const int32_t band_tiles = BandTiles(s);
  uint8_t* inputs = static_cast<uint8_t*>(scratch);
  uint8_t** to = reinterpret_cast<uint8_t**>(inputs + band_tiles * TileBytes(s));
  Cursor cursor(s, input, output, begin);
  for (int32_t first = 0; first < tiling.tiles; first += band_tiles) {
    const int32_t last = MinInt(first + band_tiles, tiling.tiles), pixel = tiling.FirstPixel(first);
    for (int32_t tile = first; tile < last; ++tile) {
      const int32_t at = tiling.FirstPixel(tile);
      FillTile(&cursor, s, p.input_flip, tiling.FirstPixel(tile + 1) - at,
               inputs + (tile - first) * TileBytes(s), to + (at - pixel));
    }
    RunBand(context, s, groups, tiling, first, last, {inputs, to, tiling.FirstPixel(last) - pixel});
  }
}

}  // namespace

extern const ConvKernel kConvSparseAvx2;
const ConvKernel kConvSparseAvx2 = {
    "avx2-sparse", kCpuAvx2 | kCpuFma, false, PackedBytes, Pack, ScratchBytes, Run, false, Suits};

}  // namespace weightfold
