// Four kernel rows at a time: vpunpck[lh] of bytes and then of words puts the four inputs that lie below one
// another side by side, and vpdpbusd multiplies and adds them. The unpacked bytes are in pack order. With
// three kernel rows and stride 1 the same four input rows give two output rows.
//
// A block is 64 outputs. With stride 1 an output row is one flat run of width × channels, so a block may span
// pixels; the blocks repeat with period channels / gcd(64, channels). With other strides a block is 64
// channels of one pixel, or 32 of two, or 16 of four. Packed: a Header, then per block a ChannelBlock and
// weights [four kernel rows][kernel column][output row of two][vector][lane][4].
#include "kernels/common/x86_avx512vnni.h"
#include "base/cpu.h"
#include "kernels/depthwise/depthwise.h"

namespace weightfold {
namespace {

struct Geometry {
  bool flat;       // blocks go on over pixels
  bool two;        // two output rows at once
  int32_t pixels;  // of a block that is not flat
  int32_t blocks;
  int32_t row_groups;  // of four kernel rows
};

Geometry MakeGeometry(const DepthwiseShape& s) {
  Geometry g;
  g.flat = s.stride_w == 1;
  g.two = g.flat && s.kernel_h == 3 && s.stride_h == 1 && s.dilation_h == 1;
  g.pixels = !g.flat && s.channels == 32 ? 2 : !g.flat && s.channels == 16 ? 4 : 1;
  g.blocks = g.flat ? s.channels / GreatestCommonDivisor(64, s.channels) : (s.channels + 63) / 64;
  g.row_groups = (s.kernel_h + 3) / 4;
  return g;
}

size_t WeightBytes(const DepthwiseShape& s, const Geometry& g) {
  return static_cast<size_t>(g.row_groups) * s.kernel_w * (g.two ? 2 : 1) * 256;
}
size_t BlockBytes(const DepthwiseShape& s, const Geometry& g) {
  return sizeof(ChannelBlock) + WeightBytes(s, g);
}

size_t PackedBytes(const DepthwiseShape& s, const DepthwiseParameters&) {
  const Geometry g = MakeGeometry(s);
  return sizeof(Header) + g.blocks * BlockBytes(s, g);
}

size_t ScratchBytes(const DepthwiseShape&) { return 0; }

// The weights of one place of a block, and its channel's parameters.
void PackPlace(const DepthwiseShape& s, const DepthwiseParameters& p, const Geometry& g, int32_t channel,
               int32_t place, uint8_t* to, Header* header) {
  int8_t* weights = reinterpret_cast<int8_t*>(to + sizeof(ChannelBlock));
  const int32_t outputs = g.two ? 2 : 1;
  const int32_t bias = BiasOf(p.bias, channel);
  AccumulatorRange range(bias, p.input_zero_point);
  for (int32_t ky = 0; ky < s.kernel_h; ++ky) {
    for (int32_t kx = 0; kx < s.kernel_w; ++kx) {
      const int8_t w = p.weights[(static_cast<size_t>(ky) * s.kernel_w + kx) * s.channels + channel];
      range.Add(w);
      // The second output row begins one input row later.
      for (int32_t output = 0; output < outputs; ++output) {
        const size_t group = (static_cast<size_t>(ky / 4) * s.kernel_w + kx) * outputs + output;
        weights[group * 256 + place * 4 + ky % 4 + output] = w;
      }
    }
  }
  SetChannel(reinterpret_cast<ChannelBlock*>(to), place, channel, bias, range, p.output, header);
}

void Pack(const DepthwiseShape& s, const DepthwiseParameters& p, void* packed) {
  const Geometry g = MakeGeometry(s);
  Header* header = static_cast<Header*>(packed);
  *header = Header();
  uint8_t* to = static_cast<uint8_t*>(packed) + sizeof(Header);
  for (int32_t block = 0; block < g.blocks; ++block, to += BlockBytes(s, g)) {
    std::memset(to, 0, BlockBytes(s, g));
    for (int32_t place = 0; place < 64; ++place) {
      const int32_t v = place / 16, lane = place % 16, byte = block * 64 + 16 * (lane / 4) + 4 * v + lane % 4;
      const bool wraps = g.flat || g.pixels > 1;
      if (!wraps && byte >= s.channels) continue;
      PackPlace(s, p, g, byte % s.channels, place, to, header);
    }
  }
}

// What all blocks of a call share.
struct Context {
  const DepthwiseShape& shape;
  const Requantization& requantization;
  OutputStage stage;
  size_t row, column;  // bytes from a kernel row, or column, to the next
  int32_t row_groups;
};

// Where the pixels of a block lie, relative to the first.
struct PixelOffsets {
  size_t at[4];
};

template <int kPixels>
WEIGHTFOLD_INLINE __m512i LoadPixels(const uint8_t* x, const PixelOffsets& offsets) {
  if (kPixels == 1) return _mm512_loadu_si512(x);
  if (kPixels == 2) {
    const __m256i first = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(x));
    const __m256i second = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(x + offsets.at[1]));
    return _mm512_inserti64x4(_mm512_castsi256_si512(first), second, 1);
  }
  __m512i pixels = _mm512_castsi128_si512(_mm_loadu_si128(reinterpret_cast<const __m128i*>(x)));
  pixels =
      _mm512_inserti32x4(pixels, _mm_loadu_si128(reinterpret_cast<const __m128i*>(x + offsets.at[1])), 1);
  pixels =
      _mm512_inserti32x4(pixels, _mm_loadu_si128(reinterpret_cast<const __m128i*>(x + offsets.at[2])), 2);
  return _mm512_inserti32x4(pixels, _mm_loadu_si128(reinterpret_cast<const __m128i*>(x + offsets.at[3])), 3);
}

// Four rows of memory, one below the other.
struct FourRows {
  const uint8_t* row[4];

  // Kernel rows 4 × group and up. Rows behind the kernel have weights of zero: any memory does for them.
  WEIGHTFOLD_INLINE FourRows(const Context& context, const uint8_t* x, int32_t group, int32_t rows) {
    x += 4 * group * context.row;
    for (int i = 0; i < 4; ++i) row[i] = 4 * group + i < rows ? x + i * context.row : x;
  }
};

// The inputs of 64 places as four vectors of four bytes that lie below one another.
struct Columns {
  __m512i v[4];

  template <int kPixels>
  static WEIGHTFOLD_INLINE Columns Load(const FourRows& rows, size_t at, const PixelOffsets& offsets) {
    const __m512i r0 = LoadPixels<kPixels>(rows.row[0] + at, offsets);
    const __m512i r1 = LoadPixels<kPixels>(rows.row[1] + at, offsets);
    const __m512i r2 = LoadPixels<kPixels>(rows.row[2] + at, offsets);
    const __m512i r3 = LoadPixels<kPixels>(rows.row[3] + at, offsets);
    const __m512i low01 = _mm512_unpacklo_epi8(r0, r1), high01 = _mm512_unpackhi_epi8(r0, r1);
    const __m512i low23 = _mm512_unpacklo_epi8(r2, r3), high23 = _mm512_unpackhi_epi8(r2, r3);
    return {{_mm512_unpacklo_epi16(low01, low23), _mm512_unpackhi_epi16(low01, low23),
             _mm512_unpacklo_epi16(high01, high23), _mm512_unpackhi_epi16(high01, high23)}};
  }
};

// 64 outputs of kOutputs rows (1 or 2), of a kernel that is packed for kPacked rows, at kPlaces places (1 or
// 2) with the same weights. The second place is `distance` bytes behind the first; when kShared, that is a
// kernel column, so that they share inputs.
template <int kPlaces, int kOutputs, int kPacked, int kPixels, bool kShared>
WEIGHTFOLD_INLINE void RunBlock(const Context& context, const uint8_t* x, const PixelOffsets& offsets,
                                size_t distance, const uint8_t* packed, __m512i codes[kPlaces][kOutputs]) {
  const ChannelBlock& block = *reinterpret_cast<const ChannelBlock*>(packed);
  const int8_t* w = reinterpret_cast<const int8_t*>(packed + sizeof(ChannelBlock));
  const int32_t kernel_w = context.shape.kernel_w;
  const int32_t rows = context.shape.kernel_h + kOutputs - 1;
  __m512i sums[kPlaces][kOutputs][4];
#pragma GCC unroll 2
  for (int i = 0; i < kPlaces; ++i) {
#pragma GCC unroll 2
    for (int o = 0; o < kOutputs; ++o) {
#pragma GCC unroll 4
      for (int v = 0; v < 4; ++v) sums[i][o][v] = _mm512_load_si512(block.bias + 16 * v);
    }
  }
  for (int32_t group = 0; group < context.row_groups; ++group) {
    const FourRows four(context, x, group, rows);
    Columns columns[kPlaces];
    if (kShared) columns[0] = Columns::Load<kPixels>(four, 0, offsets);
    size_t at = 0;
    for (int32_t kx = 0; kx < kernel_w; ++kx, at += context.column, w += kPacked * 256) {
      if (!kShared) columns[0] = Columns::Load<kPixels>(four, at, offsets);
      if (kPlaces == 2) columns[kPlaces - 1] = Columns::Load<kPixels>(four, at + distance, offsets);
#pragma GCC unroll 2
      for (int o = 0; o < kOutputs; ++o) {
#pragma GCC unroll 4
        for (int v = 0; v < 4; ++v) {
          const __m512i weights = _mm512_load_si512(w + o * 256 + v * 64);
#pragma GCC unroll 2
          for (int i = 0; i < kPlaces; ++i) MultiplyAdd(&sums[i][o][v], columns[i].v[v], weights);
        }
      }
      if (kShared) columns[0] = columns[kPlaces - 1];
    }
  }
#pragma GCC unroll 2
  for (int i = 0; i < kPlaces; ++i) {
#pragma GCC unroll 2
    for (int o = 0; o < kOutputs; ++o) {
      codes[i][o] = PackOrder(CodesOf<4>(sums[i][o], block, context.stage, context.requantization));
    }
  }
}

// One or two output rows with stride 1: the places of a block, in pairs.
template <int kOutputs, int kPacked, bool kShared>
__attribute__((noinline)) void RunFlatBlock(const Context& context, const uint8_t* x, const uint8_t* packed,
                                            uint8_t* output, size_t output_row, size_t first,
                                            size_t distance) {
  const size_t bytes = static_cast<size_t>(context.shape.out_w) * context.shape.channels;
  size_t i = first;
  for (; i + distance < bytes; i += 2 * distance) {
    __m512i codes[2][kOutputs];
    RunBlock<2, kOutputs, kPacked, 1, kShared>(context, x + i, {}, distance, packed, codes);
#pragma GCC unroll 2
    for (int o = 0; o < kOutputs; ++o) {
      uint8_t* to = output + o * output_row + i;
      _mm512_storeu_si512(to, codes[0][o]);
      _mm512_mask_storeu_epi8(to + distance, FirstBytes(bytes - i - distance), codes[1][o]);
    }
  }
  if (i >= bytes) return;
  __m512i codes[1][kOutputs];
  RunBlock<1, kOutputs, kPacked, 1, false>(context, x + i, {}, 0, packed, codes);
#pragma GCC unroll 2
  for (int o = 0; o < kOutputs; ++o) {
    _mm512_mask_storeu_epi8(output + o * output_row + i, FirstBytes(bytes - i), codes[0][o]);
  }
}

template <int kOutputs, int kPacked>
void RunFlatRows(const Context& context, const Geometry& g, const uint8_t* x, const uint8_t* packed,
                 uint8_t* output, size_t output_row) {
  const size_t distance = static_cast<size_t>(g.blocks) * 64;
  for (int32_t block = 0; block < g.blocks; ++block, packed += BlockBytes(context.shape, g)) {
    const size_t first = static_cast<size_t>(block) * 64;
    distance == context.column
        ? RunFlatBlock<kOutputs, kPacked, true>(context, x, packed, output, output_row, first, distance)
        : RunFlatBlock<kOutputs, kPacked, false>(context, x, packed, output, output_row, first, distance);
  }
}

// One output row with another stride.
template <int kPixels>
__attribute__((noinline)) void RunStridedRow(const Context& context, const Geometry& g, const uint8_t* x,
                                             const uint8_t* packed, uint8_t* output) {
  const DepthwiseShape& s = context.shape;
  const size_t pixel = static_cast<size_t>(s.channels), step = s.stride_w * pixel;
  for (int32_t block = 0; block < g.blocks; ++block, packed += BlockBytes(s, g)) {
    const size_t first = static_cast<size_t>(block) * 64, most = kPixels == 1 ? pixel - first : 64;
    uint8_t* to = output + first;
    int32_t ox = 0;
    PixelOffsets offsets = {};
    for (int i = 1; i < kPixels; ++i) offsets.at[i] = i * step;
    for (; ox + 2 * kPixels <= s.out_w; ox += 2 * kPixels, to += 2 * kPixels * pixel) {
      __m512i codes[2][1];
      RunBlock<2, 1, 1, kPixels, false>(context, x + ox * step + first, offsets, kPixels * step, packed,
                                        codes);
      _mm512_mask_storeu_epi8(to, FirstBytes(most), codes[0][0]);
      _mm512_mask_storeu_epi8(to + kPixels * pixel, FirstBytes(most), codes[1][0]);
    }
    for (; ox < s.out_w; ox += kPixels, to += kPixels * pixel) {
      // Pixels behind the row repeat its last one and are not stored.
      const int32_t last = s.out_w - 1 - ox;
      for (int i = 1; i < kPixels; ++i) offsets.at[i] = MinInt(i, last) * step;
      __m512i codes[1][1];
      RunBlock<1, 1, 1, kPixels, false>(context, x + ox * step + first, offsets, 0, packed, codes);
      const size_t left = kPixels == 1 ? most : (last + 1) * pixel;
      _mm512_mask_storeu_epi8(to, FirstBytes(left), codes[0][0]);
    }
  }
}

void RunRows(const Context& context, const Geometry& g, const ConstImage& input, const Image& output,
             int32_t begin, int32_t end, const uint8_t* packed) {
  for (int32_t oy = begin; oy < end; ++oy) {
    const uint8_t* x = input.pixels + static_cast<size_t>(oy) * context.shape.stride_h * input.row;
    uint8_t* y = output.pixels + oy * output.row;
    if (!g.flat) {
      const auto run = g.pixels == 4 ? RunStridedRow<4> : g.pixels == 2 ? RunStridedRow<2> : RunStridedRow<1>;
      run(context, g, x, packed, y);
    } else if (!g.two) {
      RunFlatRows<1, 1>(context, g, x, packed, y, output.row);
    } else if (oy + 1 == end) {
      RunFlatRows<1, 2>(context, g, x, packed, y, output.row);
    } else {
      RunFlatRows<2, 2>(context, g, x, packed, y, output.row);
      ++oy;
    }
  }
}

void Run(const DepthwiseShape& s, const DepthwiseParameters& p, const void* packed, const ConstImage& input,
         const Image& output, int32_t begin, int32_t end, void*) {
  const Geometry g = MakeGeometry(s);
  const Header* header = static_cast<const Header*>(packed);
  const Context context = {s,
                           p.output,
                           OutputStage(p.output, *header),
                           s.dilation_h * input.row,
                           static_cast<size_t>(s.dilation_w) * s.channels,
                           g.row_groups};
  const uint8_t* blocks = reinterpret_cast<const uint8_t*>(header + 1);
  RunRows(context, g, input, output, begin, end, blocks);
}

}  // namespace

extern const DepthwiseKernel kDepthwiseAvx512Vnni;
const DepthwiseKernel kDepthwiseAvx512Vnni = {
    "avx512_vnni", kCpuAvx512 | kCpuAvx512Vnni, true, PackedBytes, Pack, ScratchBytes, Run};

}  // namespace weightfold
