// Two kernel elements at a time: vpunpck[lh]wd puts the 16-bit inputs of both side by side, vpmaddwd
// multiplies and adds.
//
// A block is 16 outputs in a row of memory. With stride 1 an output row is one flat run of width × channels,
// so a block may span pixels; the blocks repeat with period channels / gcd(16, channels). With other strides
// a block is 16 channels of one pixel. Packed weights of a block: [pair of elements][register 0, 1][8
// lanes][2], pack order.
#include "kernels/common/x86_avx2.h"
#include "base/cpu.h"
#include "kernels/depthwise/depthwise.h"

namespace weightfold {
namespace {

struct Geometry {
  bool flat;
  int32_t blocks, elements, pairs;
  WidenedImage image;
};

Geometry MakeGeometry(const DepthwiseShape& s) {
  Geometry g;
  g.flat = s.stride_w == 1;
  g.blocks = g.flat ? s.channels / GreatestCommonDivisor(16, s.channels) : (s.channels + 15) / 16;
  g.elements = s.kernel_h * s.kernel_w;
  g.pairs = (g.elements + 1) / 2;
  g.image = WidenedImage::Of(s, s.channels);
  return g;
}

struct Header {
  alignas(64) float trust;
};

size_t OffsetBytes(const Geometry& g) { return RoundUp(sizeof(int32_t) * 2 * g.pairs, 64); }
size_t BlockBytes(const Geometry& g) { return sizeof(ChannelBlock) + static_cast<size_t>(g.pairs) * 64; }

size_t PackedBytes(const DepthwiseShape& s) {
  const Geometry g = MakeGeometry(s);
  return sizeof(Header) + OffsetBytes(g) + g.blocks * BlockBytes(g);
}

size_t ScratchBytes(const DepthwiseShape& s) { return MakeGeometry(s).image.elements() * sizeof(int16_t); }

void PackChannel(const DepthwiseShape& s, const DepthwiseParameters& p, const Geometry& g, int32_t c,
                 bool exists, int i, uint8_t* to, float* trust) {
  ChannelBlock* block = reinterpret_cast<ChannelBlock*>(to);
  int16_t* weights = reinterpret_cast<int16_t*>(to + sizeof(ChannelBlock));
  int32_t sum = 0;
  bool all_zero = true;
  double magnitude = p.bias ? std::fabs(static_cast<double>(p.bias[c])) : 0;
  for (int32_t e = 0; e < 2 * g.pairs; ++e) {
    const size_t from = static_cast<size_t>(e) * s.channels + c;
    const int32_t w = e < g.elements ? p.weights[from] - p.weight_zero_point : 0;
    sum += w;
    all_zero = all_zero && w == 0;
    magnitude += 255.0 * std::abs(w);
    weights[static_cast<size_t>(e / 2) * 32 + i * 2 + e % 2] = static_cast<int16_t>(exists ? w : 0);
  }
  const int32_t offset = WrappingMultiply(-p.input_zero_point, sum);
  SetChannel(block, i, c, WrappingAdd(p.bias ? p.bias[c] : 0, offset), magnitude, all_zero, p.output, trust);
}

void Pack(const DepthwiseShape& s, const DepthwiseParameters& p, void* packed) {
  const Geometry g = MakeGeometry(s);
  Header* header = static_cast<Header*>(packed);
  header->trust = InitialTrust(p.output);
  int32_t* offsets = reinterpret_cast<int32_t*>(header + 1);
  for (int32_t e = 0; e < 2 * g.pairs; ++e) {
    const int32_t element = MinInt(e, g.elements - 1), ky = element / s.kernel_w, kx = element % s.kernel_w;
    offsets[e] = static_cast<int32_t>(ky * s.dilation_h * g.image.row()) + kx * s.dilation_w * s.channels;
  }
  uint8_t* to = reinterpret_cast<uint8_t*>(offsets) + OffsetBytes(g);
  for (int32_t block = 0; block < g.blocks; ++block, to += BlockBytes(g)) {
    for (int i = 0; i < 16; ++i) {
      const int32_t position = block * 16 + PackedChannel(i);
      const bool exists = g.flat || position < s.channels;
      const int32_t c = g.flat ? position % s.channels : MinInt(position, s.channels - 1);
      PackChannel(s, p, g, c, exists, i, to, &header->trust);
    }
  }
}

struct Context {
  const Geometry& geometry;
  const int32_t* offsets;
  const uint8_t* blocks;
  const Requantization& requantization;
  OutputStage stage;

  const ChannelBlock& block(int32_t i) const {
    return *reinterpret_cast<const ChannelBlock*>(blocks + i * BlockBytes(geometry));
  }
};

WEIGHTFOLD_INLINE __m256i Load(const int16_t* from) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}

// 32 outputs: block a at inputs xa, block b at inputs xb.
WEIGHTFOLD_INLINE __m256i TwoBlocks(const Context& context, const ChannelBlock& a, const int16_t* xa,
                                    const ChannelBlock& b, const int16_t* xb) {
  const __m256i* wa = reinterpret_cast<const __m256i*>(&a + 1);
  const __m256i* wb = reinterpret_cast<const __m256i*>(&b + 1);
  __m256i a0 = _mm256_load_si256(reinterpret_cast<const __m256i*>(a.bias));
  __m256i a1 = _mm256_load_si256(reinterpret_cast<const __m256i*>(a.bias + 8));
  __m256i b0 = _mm256_load_si256(reinterpret_cast<const __m256i*>(b.bias));
  __m256i b1 = _mm256_load_si256(reinterpret_cast<const __m256i*>(b.bias + 8));
  const int32_t* offset = context.offsets;
  for (int32_t pair = 0; pair < context.geometry.pairs; ++pair, offset += 2, wa += 2, wb += 2) {
    const __m256i xa0 = Load(xa + offset[0]), xa1 = Load(xa + offset[1]);
    a0 = _mm256_add_epi32(a0, _mm256_madd_epi16(_mm256_unpacklo_epi16(xa0, xa1), _mm256_load_si256(wa)));
    a1 = _mm256_add_epi32(a1, _mm256_madd_epi16(_mm256_unpackhi_epi16(xa0, xa1), _mm256_load_si256(wa + 1)));
    const __m256i xb0 = Load(xb + offset[0]), xb1 = Load(xb + offset[1]);
    b0 = _mm256_add_epi32(b0, _mm256_madd_epi16(_mm256_unpacklo_epi16(xb0, xb1), _mm256_load_si256(wb)));
    b1 = _mm256_add_epi32(b1, _mm256_madd_epi16(_mm256_unpackhi_epi16(xb0, xb1), _mm256_load_si256(wb + 1)));
  }
  return RequantizeTwo(a0, a1, a, b0, b1, b, context.stage, context.requantization);
}

// One output row with stride 1: `count` = width × channels outputs.
void RunFlatRow(const Context& context, const int16_t* x, size_t count, uint8_t* output) {
  const int32_t blocks = context.geometry.blocks;
  int32_t block = 0;
  for (size_t i = 0; i < count; i += 32) {
    const int32_t next = block + 1 == blocks ? 0 : block + 1;
    // The second half may lie behind the row: then it repeats the first and is not stored.
    const bool both = i + 16 < count;
    const __m256i codes = TwoBlocks(context, context.block(block), x + i, context.block(both ? next : block),
                                    x + (both ? i + 16 : i));
    const size_t left = count - i;
    StoreFirst(output + i, _mm256_castsi256_si128(codes), left < 16 ? static_cast<int32_t>(left) : 16);
    if (both) {
      StoreFirst(output + i + 16, _mm256_extracti128_si256(codes, 1),
                 left < 32 ? static_cast<int32_t>(left - 16) : 16);
    }
    block = next + 1 == blocks ? 0 : next + 1;
  }
}

// One output row with another stride: 16 channels of two pixels at a time.
void RunStridedRow(const Context& context, const DepthwiseShape& s, const int16_t* x, uint8_t* output) {
  const size_t step = static_cast<size_t>(s.stride_w) * s.channels;
  for (int32_t ox = 0; ox < s.out_w; ox += 2) {
    const bool both = ox + 1 < s.out_w;
    const int16_t* first = x + ox * step;
    const int16_t* second = both ? first + step : first;
    uint8_t* to = output + static_cast<size_t>(ox) * s.channels;
    for (int32_t block = 0; block < context.geometry.blocks; ++block) {
      const int32_t c = block * 16, channels = MinInt(16, s.channels - c);
      const ChannelBlock& parameters = context.block(block);
      const __m256i codes = TwoBlocks(context, parameters, first + c, parameters, second + c);
      StoreFirst(to + c, _mm256_castsi256_si128(codes), channels);
      if (both) StoreFirst(to + c + s.channels, _mm256_extracti128_si256(codes, 1), channels);
    }
  }
}

void Run(const DepthwiseShape& s, const DepthwiseParameters& p, const void* packed, const ConstImage& input,
         const Image& output, int32_t begin, int32_t end, void* scratch) {
  const Geometry g = MakeGeometry(s);
  const Header* header = static_cast<const Header*>(packed);
  const uint8_t* offsets = reinterpret_cast<const uint8_t*>(header + 1);
  const Context context = {g, reinterpret_cast<const int32_t*>(offsets), offsets + OffsetBytes(g), p.output,
                           OutputStage(p.output, header->trust)};
  int16_t* widened = static_cast<int16_t*>(scratch);
  WidenRows<Widen>(s, g.image, input, p.input_flip, begin, end, widened);
  for (int32_t oy = begin; oy < end; ++oy) {
    const int16_t* x = widened + static_cast<size_t>(oy - begin) * s.stride_h * g.image.row();
    uint8_t* y = output.pixels + oy * output.row;
    g.flat ? RunFlatRow(context, x, static_cast<size_t>(s.out_w) * s.channels, y)
           : RunStridedRow(context, s, x, y);
  }
}

}  // namespace

extern const DepthwiseKernel kDepthwiseAvx2;
const DepthwiseKernel kDepthwiseAvx2 = {"avx2", kCpuAvx2 | kCpuFma, false, PackedBytes,
                                        Pack,   ScratchBytes,       Run};

}  // namespace weightfold
