// Two kernel rows at a time: the inputs of an input row and of the one that the next kernel row sees lie side
// by side as 16-bit numbers, vpmaddwd multiplies and adds. Rows are interleaved so as they are needed, into a
// ring of as many as two output rows see.
//
// A block is 16 outputs. With stride 1 an output row is one flat run of width × channels, so a block may span
// pixels; the blocks repeat with period channels / gcd(16, channels). With other strides a block is 16
// channels of one pixel. Two output rows and two places with the same weights are computed together. Packed:
// a Header, then per block a ChannelBlock and weights [two kernel rows][kernel column][register][lane][2].
#include "kernels/common/x86_avx2.h"
#include "base/cpu.h"
#include "kernels/depthwise/depthwise.h"

namespace weightfold {
namespace {

using Channels = ChannelBlock<16>;
constexpr size_t kTwo = 2 * sizeof(int16_t);  // bytes of two inputs side by side

struct Geometry {
  bool flat;  // blocks go on over pixels
  int32_t blocks;
  int32_t row_pairs;  // of the kernel
  int32_t height;     // input rows
  size_t row_inputs;
  int32_t ring;  // rows of two inputs each
};

Geometry MakeGeometry(const DepthwiseShape& s) {
  Geometry g;
  g.flat = s.stride_w == 1;
  g.blocks = g.flat ? s.channels / GreatestCommonDivisor(16, s.channels) : (s.channels + 15) / 16;
  g.row_pairs = (s.kernel_h + 1) / 2;
  g.height = (s.out_h - 1) * s.stride_h + (s.kernel_h - 1) * s.dilation_h + 1;
  const int32_t width = (s.out_w - 1) * s.stride_w + (s.kernel_w - 1) * s.dilation_w + 1;
  g.row_inputs = static_cast<size_t>(width) * s.channels;
  g.ring = s.stride_h + 2 * (g.row_pairs - 1) * s.dilation_h + 1;
  return g;
}

size_t BlockBytes(const DepthwiseShape& s, const Geometry& g) {
  return sizeof(Channels) + static_cast<size_t>(g.row_pairs) * s.kernel_w * 16 * kTwo;
}

size_t PackedBytes(const DepthwiseShape& s, const DepthwiseParameters&) {
  const Geometry g = MakeGeometry(s);
  return sizeof(Header) + g.blocks * BlockBytes(s, g);
}

// A row of the ring, with room for a block that begins in it.
size_t RingRowBytes(const Geometry& g) { return RoundUp((g.row_inputs + 16) * kTwo, 64); }
// Where the rows lie that an output row sees, of two output rows; and which row each place of the ring holds.
size_t PointerBytes(const Geometry& g) { return RoundUp(2 * g.row_pairs * sizeof(const uint8_t*), 64); }
size_t HeldBytes(const Geometry& g) { return RoundUp(g.ring * sizeof(int32_t), 64); }

size_t ScratchBytes(const DepthwiseShape& s) {
  const Geometry g = MakeGeometry(s);
  return PointerBytes(g) + HeldBytes(g) + g.ring * RingRowBytes(g);
}

// The weights of one place of a block, and its channel's parameters.
void PackPlace(const DepthwiseShape& s, const DepthwiseParameters& p, int32_t channel, int32_t place,
               uint8_t* to, Header* header) {
  int16_t* weights = reinterpret_cast<int16_t*>(to + sizeof(Channels));
  const int32_t bias = BiasOf(p.bias, channel);
  AccumulatorRange range(bias, p.input_zero_point);
  for (int32_t ky = 0; ky < s.kernel_h; ++ky) {
    for (int32_t kx = 0; kx < s.kernel_w; ++kx) {
      const size_t from = (static_cast<size_t>(ky) * s.kernel_w + kx) * s.channels + channel;
      const int32_t w = p.weights[from] - p.weight_zero_point;
      const size_t step = static_cast<size_t>(ky / 2) * s.kernel_w + kx;
      weights[(step * 16 + place) * 2 + ky % 2] = static_cast<int16_t>(w);
      range.Add(w);
    }
  }
  SetChannel(reinterpret_cast<Channels*>(to), place, channel, bias, range, p.output, header);
}

void Pack(const DepthwiseShape& s, const DepthwiseParameters& p, void* packed) {
  const Geometry g = MakeGeometry(s);
  Header* header = static_cast<Header*>(packed);
  *header = Header();
  uint8_t* to = reinterpret_cast<uint8_t*>(header + 1);
  for (int32_t block = 0; block < g.blocks; ++block, to += BlockBytes(s, g)) {
    std::memset(to, 0, BlockBytes(s, g));
    ClearChannels(reinterpret_cast<Channels*>(to));
    for (int32_t place = 0; place < 16; ++place) {
      const int32_t byte = block * 16 + place;
      if (g.flat || byte < s.channels) PackPlace(s, p, byte % s.channels, place, to, header);
    }
  }
}

// What all blocks of a call share.
struct Context {
  const DepthwiseShape& shape;
  const Requantization& requantization;
  OutputStage stage;
  size_t column;  // bytes from a kernel column to the next, in the ring
  int32_t row_pairs;
  const uint8_t* const* rows;  // [two kernel rows][output row]
};

// 16 outputs of kOutputs rows (1 or 2) at kPlaces places (1 or 2) with the same weights: codes[o] has the
// places of row o one after the other. `at` and `distance`, from the first place to the second, are bytes
// in the ring. When kShared, the distance is a kernel column, so that the places share inputs.
template <int kPlaces, int kOutputs, bool kShared>
WEIGHTFOLD_INLINE void RunBlock(const Context& context, size_t at, size_t distance, const uint8_t* packed,
                                __m256i codes[kOutputs]) {
  const Channels& block = *reinterpret_cast<const Channels*>(packed);
  const uint8_t* w = packed + sizeof(Channels);
  const int32_t kernel_w = context.shape.kernel_w;
  __m256i sums[kOutputs][kPlaces][2];
#pragma GCC unroll 2
  for (int o = 0; o < kOutputs; ++o) {
#pragma GCC unroll 2
    for (int i = 0; i < kPlaces; ++i) {
#pragma GCC unroll 2
      for (int v = 0; v < 2; ++v) sums[o][i][v] = LoadVector(block.bias + 8 * v);
    }
  }
  for (int32_t pair = 0; pair < context.row_pairs; ++pair) {
    const uint8_t* x[kOutputs];
    __m256i shared[kOutputs][2];
#pragma GCC unroll 2
    for (int o = 0; o < kOutputs; ++o) {
      x[o] = context.rows[2 * pair + o] + at;
#pragma GCC unroll 2
      for (int v = 0; kShared && v < 2; ++v) shared[o][v] = LoadVector(x[o] + 32 * v);
    }
    for (int32_t kx = 0; kx < kernel_w; ++kx, w += 16 * kTwo) {
#pragma GCC unroll 2
      for (int v = 0; v < 2; ++v) {
        const __m256i weights = LoadVector(w + 32 * v);
#pragma GCC unroll 2
        for (int o = 0; o < kOutputs; ++o) {
          const __m256i first = kShared ? shared[o][v] : LoadVector(x[o] + 32 * v);
          sums[o][0][v] = _mm256_add_epi32(sums[o][0][v], _mm256_madd_epi16(first, weights));
          if (kPlaces == 1) continue;
          const __m256i second = LoadVector(x[o] + distance + 32 * v);
          sums[o][kPlaces - 1][v] =
              _mm256_add_epi32(sums[o][kPlaces - 1][v], _mm256_madd_epi16(second, weights));
          if (kShared) shared[o][v] = second;
        }
      }
#pragma GCC unroll 2
      for (int o = 0; o < kOutputs; ++o) x[o] += context.column;
    }
  }
#pragma GCC unroll 2
  for (int o = 0; o < kOutputs; ++o) {
    const __m256i four[4] = {sums[o][0][0], sums[o][0][1], sums[o][kPlaces - 1][0], sums[o][kPlaces - 1][1]};
    codes[o] = RegistersInOrder(CodesOf<2>(four, block, context.stage, context.requantization));
  }
}

// Outputs of one block in kOutputs rows with stride 1: the places, in pairs. All distances in outputs.
template <int kOutputs, bool kShared>
__attribute__((noinline)) void RunFlatBlock(const Context& context, const uint8_t* packed,
                                            const Image& output, size_t first, size_t distance) {
  const size_t count = static_cast<size_t>(context.shape.out_w) * context.shape.channels;
  size_t i = first;
  for (; i + distance < count; i += 2 * distance) {
    __m256i codes[kOutputs];
    RunBlock<2, kOutputs, kShared>(context, i * kTwo, distance * kTwo, packed, codes);
    const int32_t left = AtMost16(count - i - distance);
#pragma GCC unroll 2
    for (int o = 0; o < kOutputs; ++o) {
      uint8_t* to = output.pixels + o * output.row + i;
      StoreFirst(to, _mm256_castsi256_si128(codes[o]), 16);
      StoreFirst(to + distance, _mm256_extracti128_si256(codes[o], 1), left);
    }
  }
  if (i >= count) return;
  __m256i codes[kOutputs];
  RunBlock<1, kOutputs, false>(context, i * kTwo, 0, packed, codes);
#pragma GCC unroll 2
  for (int o = 0; o < kOutputs; ++o) {
    StoreFirst(output.pixels + o * output.row + i, _mm256_castsi256_si128(codes[o]), AtMost16(count - i));
  }
}

// The same with another stride: 16 channels of two pixels at a time.
template <int kOutputs>
__attribute__((noinline)) void RunStridedBlock(const Context& context, const uint8_t* packed,
                                               const Image& output, size_t first, size_t) {
  const DepthwiseShape& s = context.shape;
  const size_t pixel = static_cast<size_t>(s.channels), step = s.stride_w * pixel * kTwo;
  const int32_t channels = AtMost16(pixel - first);
  uint8_t* to = output.pixels + first;
  for (int32_t ox = 0; ox < s.out_w; ox += 2, to += 2 * pixel) {
    const bool both = ox + 1 < s.out_w;
    __m256i codes[kOutputs];
    // Behind the last pixel, it is repeated and not stored.
    RunBlock<2, kOutputs, false>(context, first * kTwo + ox * step, both ? step : 0, packed, codes);
#pragma GCC unroll 2
    for (int o = 0; o < kOutputs; ++o) {
      StoreFirst(to + o * output.row, _mm256_castsi256_si128(codes[o]), channels);
      if (both) StoreFirst(to + o * output.row + pixel, _mm256_extracti128_si256(codes[o], 1), channels);
    }
  }
}

template <int kOutputs>
void RunRows(const Context& context, const Geometry& g, const uint8_t* packed, const Image& output) {
  const size_t distance = static_cast<size_t>(g.blocks) * 16;
  const bool shared = distance * kTwo == context.column;
  const auto run = !g.flat  ? RunStridedBlock<kOutputs>
                   : shared ? RunFlatBlock<kOutputs, true>
                            : RunFlatBlock<kOutputs, false>;
  for (int32_t block = 0; block < g.blocks; ++block, packed += BlockBytes(context.shape, g)) {
    run(context, packed, output, static_cast<size_t>(block) * 16, distance);
  }
}

// Rows of inputs, each interleaved with the one that the next kernel row sees, made when they are needed.
class Ring {
 public:
  Ring(const DepthwiseShape& s, const Geometry& g, const ConstImage& input, uint8_t flip, uint8_t* memory)
      : s_(s),
        g_(g),
        input_(input),
        flip_(flip),
        row_bytes_(RingRowBytes(g)),
        held_(reinterpret_cast<int32_t*>(memory)),
        rows_(memory + HeldBytes(g)) {
    for (int32_t i = 0; i < g.ring; ++i) held_[i] = -1;
  }

  // Stays until a row comes that is g.ring further.
  const uint8_t* Row(int32_t row) const {
    const int32_t place = row < g_.ring ? row : row % g_.ring;
    uint8_t* at = rows_ + place * row_bytes_;
    if (held_[place] != row) Interleave(row, at);
    held_[place] = row;
    return at;
  }

 private:
  // Below the last row, it is repeated: the weights there are zero.
  void Interleave(int32_t row, uint8_t* to) const {
    const int32_t below = row + s_.dilation_h < g_.height ? row + s_.dilation_h : row;
    const uint8_t* a = input_.pixels + row * input_.row;
    const uint8_t* b = input_.pixels + below * input_.row;
    const __m128i mask = _mm_set1_epi8(static_cast<int8_t>(flip_ ^ kUnsignedFlip));
    for (size_t i = 0; i < g_.row_inputs; i += 16, to += 16 * kTwo) {
      const __m128i first = _mm_xor_si128(_mm_loadu_si128(reinterpret_cast<const __m128i*>(a + i)), mask);
      const __m128i second = _mm_xor_si128(_mm_loadu_si128(reinterpret_cast<const __m128i*>(b + i)), mask);
      __m256i* const wide = reinterpret_cast<__m256i*>(to);
      _mm256_store_si256(wide, _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(first, second)));
      _mm256_store_si256(wide + 1, _mm256_cvtepu8_epi16(_mm_unpackhi_epi8(first, second)));
    }
  }

  const DepthwiseShape& s_;
  const Geometry& g_;
  const ConstImage& input_;
  const uint8_t flip_;
  const size_t row_bytes_;
  int32_t* const held_;
  uint8_t* const rows_;
};

void Run(const DepthwiseShape& s, const DepthwiseParameters& p, const void* packed, const ConstImage& input,
         const Image& output, int32_t begin, int32_t end, void* scratch) {
  const Geometry g = MakeGeometry(s);
  const Header* header = static_cast<const Header*>(packed);
  const uint8_t** rows = static_cast<const uint8_t**>(scratch);
  const size_t column = static_cast<size_t>(s.dilation_w) * s.channels * kTwo;
  const Context context = {s, p.output, OutputStage(p.output, *header), column, g.row_pairs, rows};
  const uint8_t* blocks = reinterpret_cast<const uint8_t*>(header + 1);
  const Ring ring(s, g, input, p.input_flip, static_cast<uint8_t*>(scratch) + PointerBytes(g));
  for (int32_t oy = begin; oy < end; oy += 2) {
    const int32_t outputs = MinInt(2, end - oy);
    for (int32_t pair = 0; pair < g.row_pairs; ++pair) {
      for (int32_t o = 0; o < outputs; ++o) {
        rows[2 * pair + o] = ring.Row((oy + o) * s.stride_h + 2 * pair * s.dilation_h);
      }
    }
    const Image to = {output.pixels + oy * output.row, output.row};
    outputs == 2 ? RunRows<2>(context, g, blocks, to) : RunRows<1>(context, g, blocks, to);
  }
}

}  // namespace

extern const DepthwiseKernel kDepthwiseAvx2;
const DepthwiseKernel kDepthwiseAvx2 = {"avx2", kCpuAvx2 | kCpuFma, false, PackedBytes,
                                        Pack,   ScratchBytes,       Run};

}  // namespace weightfold
