// Layers with at most 16 different weights that no cache holds: weights are 4 bits, places in a palette, and
// half as many bytes come from memory. vpshufb looks 32 of them up; the rest is as in x86_avx2.cc, which is
// quicker wherever its weights come from a cache (docs/design/kernels.md).
//
// Packed: a LayerHeader, then blocks of 32 channels, each a ChannelBlock and places
// [step of four inputs][pair of registers][lane][4], the first register's in the lower four bits.
#include "base/cpu.h"
#include "kernels/fully_connected/x86_avx2.h"

namespace weightfold {
namespace {

constexpr size_t kLeastWeights = 16 << 20;
constexpr int kCodes = 16;
constexpr size_t kStepBytes = 2 * 32;

// The different weights of a layer, and where each code has its place.
struct Palette {
  int32_t count = 0;
  int8_t codes[kCodes] = {};
  uint8_t place[256] = {};

  // False when there are more than 16, or a -128, which MultiplyBytes cannot take.
  bool Fill(const int8_t* weights, size_t weight_count) {
    bool seen[256] = {};
    for (size_t i = 0; i < weight_count; ++i) {
      const uint8_t code = static_cast<uint8_t>(weights[i]);
      if (seen[code]) continue;
      if (count == kCodes || weights[i] == -128) return false;
      seen[code] = true;
      place[code] = static_cast<uint8_t>(count);
      codes[count++] = weights[i];
    }
    return true;
  }
};

struct alignas(64) LayerHeader {
  Header header;
  int8_t codes[kCodes];
};

size_t WeightCount(const FullyConnectedShape& s) { return static_cast<size_t>(s.in) * s.out; }

bool Suits(const FullyConnectedShape& s, const FullyConnectedParameters& p) {
  return p.weight_zero_point == 0 && WeightCount(s) >= kLeastWeights &&
         Palette().Fill(p.weights, WeightCount(s));
}

size_t BlockBytes(const FullyConnectedShape& s) { return sizeof(Channels) + Steps(s) * kStepBytes; }
int32_t Blocks(const FullyConnectedShape& s) { return (s.out + kBlock - 1) / kBlock; }

size_t PackedBytes(const FullyConnectedShape& s, const FullyConnectedParameters&) {
  return sizeof(LayerHeader) + Blocks(s) * BlockBytes(s);
}

void Pack(const FullyConnectedShape& s, const FullyConnectedParameters& p, void* packed) {
  std::memset(packed, 0, PackedBytes(s, p));
  LayerHeader* layer = static_cast<LayerHeader*>(packed);
  Palette palette;
  palette.Fill(p.weights, WeightCount(s));
  *layer = {};
  std::memcpy(layer->codes, palette.codes, sizeof(palette.codes));
  for (int32_t channel = 0; channel < s.out; ++channel) {
    const int32_t place = channel % kBlock, vector = place / 8;
    uint8_t* block = reinterpret_cast<uint8_t*>(layer + 1) + channel / kBlock * BlockBytes(s);
    Channels* channels = reinterpret_cast<Channels*>(block);
    if (place == 0) ClearChannels(channels);
    PackChannel(s, p, channel, place, channels, &layer->header);
    uint8_t* four = block + sizeof(Channels) + vector / 2 * 32 + place % 8 * 4;
    const int8_t* w = p.weights + static_cast<size_t>(channel) * s.in;
    for (int32_t k = 0; k < s.in; ++k) {
      const int index = palette.place[static_cast<uint8_t>(w[k])];
      uint8_t* both = four + k / 4 * kStepBytes + k % 4;
      *both = static_cast<uint8_t>(*both | index << vector % 2 * 4);
    }
  }
}

void RunBlock(const FullyConnectedShape& s, const Requantization& r, const OutputStage& stage,
              __m256i palette, const uint8_t* packed, const uint8_t* inputs, uint8_t* output,
              int32_t channels) {
  const Channels& block = *reinterpret_cast<const Channels*>(packed);
  const uint8_t* places = packed + sizeof(Channels);
  const size_t steps = Steps(s), absolute = AbsoluteOffset(s);
  const __m256i low_bits = _mm256_set1_epi8(15);
  __m256i sums[4];
#pragma GCC unroll 4
  for (int v = 0; v < 4; ++v) sums[v] = LoadVector(block.bias + 8 * v);
  for (size_t i = 0; i < steps; ++i, places += kStepBytes) {
    const __m256i x = BroadcastFour(inputs + i * 4), size = BroadcastFour(inputs + absolute + i * 4);
    _mm_prefetch(reinterpret_cast<const char*>(places + kPrefetch), _MM_HINT_T0);
#pragma GCC unroll 2
    for (int v = 0; v < 4; v += 2) {
      const __m256i both = LoadVector(places + 16 * v);
      const __m256i low = _mm256_and_si256(both, low_bits);
      const __m256i high = _mm256_and_si256(_mm256_srli_epi16(both, 4), low_bits);
      sums[v] = _mm256_add_epi32(sums[v], MultiplyBytes(_mm256_shuffle_epi8(palette, low), x, size));
      sums[v + 1] = _mm256_add_epi32(sums[v + 1], MultiplyBytes(_mm256_shuffle_epi8(palette, high), x, size));
    }
  }
  StoreCodes(RegistersInOrder(CodesOf<4>(sums, block, stage, r)), output, channels);
}

void Run(const FullyConnectedShape& s, const FullyConnectedParameters& p, const void* packed,
         const uint8_t* input, uint8_t* output, int32_t begin, int32_t end, void* scratch) {
  const LayerHeader* layer = static_cast<const LayerHeader*>(packed);
  const OutputStage stage(p.output, layer->header);
  const __m128i codes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(layer->codes));
  const __m256i palette = _mm256_broadcastsi128_si256(codes);
  uint8_t* inputs = static_cast<uint8_t*>(scratch);
  const size_t absolute = AbsoluteOffset(s);
  for (int32_t row = 0; row < s.rows; ++row, input += s.in, output += s.out) {
    SplitInputs(s, input, p.input_flip, inputs);
    // Behind the last input there is no weight of zero that it could be multiplied by.
    std::memset(inputs + s.in, 0, absolute - s.in);
    std::memset(inputs + absolute + s.in, 0, absolute - s.in);
    for (int32_t block = begin; block < end; ++block) {
      const int32_t first = block * kBlock;
      RunBlock(s, p.output, stage, palette,
               reinterpret_cast<const uint8_t*>(layer + 1) + block * BlockBytes(s), inputs, output + first,
               MinInt(kBlock, s.out - first));
    }
  }
}

}  // namespace

extern const FullyConnectedKernel kFullyConnectedClusteredAvx2;
const FullyConnectedKernel kFullyConnectedClusteredAvx2 = {
    "avx2-clustered", kCpuAvx2 | kCpuFma, false, kBlock, PackedBytes, Pack, ScratchBytes, Run, false, Suits};

}  // namespace weightfold
