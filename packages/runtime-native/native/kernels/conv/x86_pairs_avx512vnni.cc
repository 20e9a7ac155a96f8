// Convolution with eight output channels: lanes 0 to 7 of a vector are the channels of one pixel, lanes 8 to 15 those
// of the next. Packed: a Header, a ChannelBlock and weights [kernel row][run][step of four inputs][lane][4], both
// with every channel twice.
#include "kernels/common/x86_avx512vnni.h"
#include "kernels/conv/x86_avx512vnni.h"

namespace weightfold {
namespace {

constexpr int32_t kChannels = 8, kMaxPairs = 8;

// What all tiles of a call share.
struct Context {
  size_t pixel;               // bytes from an output's inputs to those of the next
  size_t row_step, run_step;  // from a kernel row to the next, from a run to the next
  int32_t rows, runs, steps;
  const ChannelBlock& block;
  const int8_t* weights;
  const Requantization& requantization;
  OutputStage stage;
};

WEIGHTFOLD_INLINE __m512i BroadcastTwo(const uint8_t* first, const uint8_t* second) {
  __m512i inputs = BroadcastFour(first);
  __asm__ volatile("vpbroadcastd %1, %0%{%2%}"
                   : "+v"(inputs)
                   : "m"(*reinterpret_cast<const uint8_t(*)[4]>(second)), "Yk"(static_cast<__mmask16>(0xff00)));
  return inputs;
}

// Pairs of pixels; the second of each is `second` bytes behind the first. Writes the first `bytes` of their codes.
template <int kPairs>
void Tile(const Context& context, const uint8_t* x, size_t second, uint8_t* output, size_t bytes) {
  const int8_t* w = context.weights;
  __m512i sums[kPairs];
#pragma GCC unroll 8
  for (int i = 0; i < kPairs; ++i) sums[i] = _mm512_load_si512(context.block.bias);
  const size_t pair = 2 * context.pixel;
  constexpr int kPointers = (kPairs + 2) / 3;
  for (int32_t ky = 0; ky < context.rows; ++ky) {
    for (int32_t run = 0; run < context.runs; ++run) {
      const uint8_t* from[kPointers];
#pragma GCC unroll 3
      for (int i = 0; i < kPointers; ++i) {
        from[i] = x + ky * context.row_step + run * context.run_step + 3 * i * pair;
      }
      for (int32_t step = 0; step < context.steps; ++step, w += 64) {
        const __m512i weights = _mm512_load_si512(w);
#pragma GCC unroll 8
        for (int i = 0; i < kPairs; ++i) {
          const uint8_t* first = from[i / 3] + (i % 3) * pair;
          MultiplyAdd(&sums[i], BroadcastTwo(first, first + second), weights);
        }
#pragma GCC unroll 3
        for (int i = 0; i < kPointers; ++i) from[i] += 4;
      }
    }
  }
#pragma GCC unroll 2
  for (int first = 0; first < kPairs; first += 4) {
    __m512i four[4];
#pragma GCC unroll 4
    for (int v = 0; v < 4; ++v) four[v] = sums[first + v < kPairs ? first + v : kPairs - 1];
    const __m512i codes = CodesOf<1>(four, context.block, context.stage, context.requantization);
    // Rows of 16 codes are pairs of pixels.
    _mm512_mask_storeu_epi8(output + 16 * first, FirstBytes(bytes - 16 * first), RowsInOrder<1>(codes));
  }
}

using TileFunction = void (*)(const Context&, const uint8_t*, size_t, uint8_t*, size_t);
constexpr TileFunction kTiles[kMaxPairs + 1] = {nullptr, Tile<1>, Tile<2>, Tile<3>, Tile<4>,
                                                Tile<5>, Tile<6>, Tile<7>, Tile<8>};

void RunRow(const Context& context, const uint8_t* x, uint8_t* output, int32_t pixels) {
  while (pixels > 1) {
    const int32_t pairs = MinInt(kMaxPairs, pixels / 2);
    kTiles[pairs](context, x, context.pixel, output, static_cast<size_t>(pairs) * 2 * kChannels);
    x += 2 * pairs * context.pixel;
    output += 2 * pairs * kChannels;
    pixels -= 2 * pairs;
  }
  if (pixels == 1) Tile<1>(context, x, 0, output, kChannels);
}

}  // namespace

size_t PairsPackedBytes(const ConvShape& s) {
  const Geometry g = MakeGeometry(s);
  return sizeof(Header) + sizeof(ChannelBlock) + static_cast<size_t>(s.kernel_h) * g.runs * g.steps * 64;
}

void PairsPack(const ConvShape& s, const ConvParameters& p, void* packed) {
  const Geometry g = MakeGeometry(s);
  std::memset(packed, 0, PairsPackedBytes(s));
  Header* header = static_cast<Header*>(packed);
  *header = Header();
  ChannelBlock* block = reinterpret_cast<ChannelBlock*>(header + 1);
  int8_t* weights = reinterpret_cast<int8_t*>(block + 1);
  const int32_t runs = s.kernel_h * g.runs;
  for (int32_t lane = 0; lane < 2 * kChannels; ++lane) {
    const int32_t channel = lane % kChannels, bias = BiasOf(p.bias, channel);
    const int8_t* w = p.weights + static_cast<size_t>(channel) * runs * g.run_length;
    AccumulatorRange range(bias, p.input_zero_point);
    for (int32_t run = 0; run < runs; ++run) {
      for (int32_t k = 0; k < g.run_length; ++k, ++w) {
        weights[(static_cast<size_t>(run) * g.steps + k / 4) * 64 + lane * 4 + k % 4] = *w;
        range.Add(*w);
      }
    }
    SetChannel(block, lane, channel, bias, range, p.output, header);
  }
}

void PairsRun(const ConvShape& s, const ConvParameters& p, const void* packed, const ConstImage& input,
              const Image& output, int32_t begin, int32_t end) {
  const Geometry g = MakeGeometry(s);
  const Header* header = static_cast<const Header*>(packed);
  const ChannelBlock* block = reinterpret_cast<const ChannelBlock*>(header + 1);
  const Context context = {static_cast<size_t>(s.stride_w) * s.in_c,
                           s.dilation_h * input.row,
                           static_cast<size_t>(s.dilation_w) * s.in_c,
                           s.kernel_h,
                           g.runs,
                           g.steps,
                           *block,
                           reinterpret_cast<const int8_t*>(block + 1),
                           p.output,
                           OutputStage(p.output, *header)};
  for (int32_t oy = begin; oy < end; ++oy) {
    RunRow(context, input.pixels + static_cast<size_t>(oy) * s.stride_h * input.row,
           output.pixels + oy * output.row, s.out_w);
  }
}

}  // namespace weightfold
