// One row against up to 32 output channels: four inputs are broadcast and multiplied with the weights of 8
// channels. vpmaddubsw multiplies unsigned by signed bytes: |x| by w with the sign of x. A sum of two
// products is at most 2 × 128 × 127, which fits into 16 bits; so it is exact for weights from -127 up. Layers
// with a weight of -128 widen weights and inputs to 16 bits instead.
//
// Packed: a Header, then blocks of up to 32 channels, each a ChannelBlock and weights
// [step of four inputs][register][lane][4].
#include "kernels/fully_connected/x86_avx2.h"
#include "base/cpu.h"

namespace weightfold {
namespace {

constexpr int kMaxVectors = 4;

struct alignas(64) LayerHeader {
  Header header;
  bool widens;
};

int32_t VectorsOf(const FullyConnectedShape& s, int32_t first) {
  return (MinInt(kBlock, s.out - first) + 7) / 8;
}

size_t BlockBytes(const FullyConnectedShape& s, int32_t vectors) {
  return sizeof(Channels) + RoundUp(Steps(s) * vectors * 32, 64);
}

// Where a block begins; all before it are of four registers.
size_t BlockOffset(const FullyConnectedShape& s, int32_t block) {
  return sizeof(LayerHeader) + static_cast<size_t>(block) * BlockBytes(s, kMaxVectors);
}

size_t PackedBytes(const FullyConnectedShape& s, const FullyConnectedParameters&) {
  const int32_t last = (s.out - 1) / kBlock;
  return BlockOffset(s, last) + BlockBytes(s, VectorsOf(s, last * kBlock));
}

void Pack(const FullyConnectedShape& s, const FullyConnectedParameters& p, void* packed) {
  std::memset(packed, 0, PackedBytes(s, p));
  LayerHeader* layer = static_cast<LayerHeader*>(packed);
  *layer = {Header(), false};
  for (int32_t channel = 0; channel < s.out; ++channel) {
    const int32_t block = channel / kBlock, place = channel % kBlock;
    const int32_t vectors = VectorsOf(s, block * kBlock);
    uint8_t* to = static_cast<uint8_t*>(packed) + BlockOffset(s, block);
    Channels* channels = reinterpret_cast<Channels*>(to);
    int8_t* weights = reinterpret_cast<int8_t*>(channels + 1);
    if (place == 0) ClearChannels(channels);
    const int8_t* w = p.weights + static_cast<size_t>(channel) * s.in;
    layer->widens = layer->widens || std::memchr(w, -128, static_cast<size_t>(s.in)) != nullptr;
    int8_t* four = weights + static_cast<size_t>(place) * 4;
    for (int32_t k = 0; k < s.in; k += 4, four += vectors * 32) {
      std::memcpy(four, w + k, static_cast<size_t>(MinInt(4, s.in - k)));
    }
    PackChannel(s, p, channel, place, channels, &layer->header);
  }
}

// Four inputs each for the steps: 16-bit numbers in the order 0, 2, 1, 3, as 16-bit shifts part the weights.
void WidenInputs(const FullyConnectedShape& s, const uint8_t* input, uint8_t flip, uint8_t* to) {
  int16_t* wide = reinterpret_cast<int16_t*>(to);
  for (int32_t k = 0; k < s.in; ++k) {
    const int32_t within = k % 4;
    wide[k - within + (within % 2) * 2 + within / 2] = static_cast<int16_t>(SignedCode(input[k], flip));
  }
}

// Inputs of a step, and their products with the weights of 8 channels.
template <bool kWidens>
struct Step {
  __m256i x, other;

  // `absolute`: from an input to its absolute value.
  WEIGHTFOLD_INLINE Step(const uint8_t* inputs, size_t step, size_t absolute)
      : x(BroadcastFour(inputs + step * (kWidens ? 8 : 4))),
        other(BroadcastFour(kWidens ? inputs + step * 8 + 4 : inputs + absolute + step * 4)) {}

  WEIGHTFOLD_INLINE __m256i Multiply(__m256i w) const {
    if (kWidens) {
      const __m256i even = _mm256_srai_epi16(_mm256_slli_epi16(w, 8), 8), odd = _mm256_srai_epi16(w, 8);
      return _mm256_add_epi32(_mm256_madd_epi16(even, x), _mm256_madd_epi16(odd, other));
    }
    return MultiplyBytes(w, x, other);
  }
};

template <int kVectors, bool kWidens>
void RunBlock(const FullyConnectedShape& s, const Requantization& r, const OutputStage& stage,
              const uint8_t* packed, const Row& row, uint8_t* output, int32_t channels) {
  const Channels& block = *reinterpret_cast<const Channels*>(packed);
  const uint8_t* w = packed + sizeof(Channels);
  const size_t steps = Steps(s), absolute = AbsoluteOffset(s);
  __m256i sums[kVectors];
#pragma GCC unroll 4
  for (int v = 0; v < kVectors; ++v) {
    sums[v] = _mm256_add_epi32(LoadVector(block.bias + 8 * v), _mm256_set1_epi32(row.correction));
  }
  for (size_t i = 0; i < steps; ++i, w += 32 * kVectors) {
    const Step<kWidens> step(row.inputs, i, absolute);
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      if (v % 2 == 0) _mm_prefetch(reinterpret_cast<const char*>(w + 32 * v + kPrefetch), _MM_HINT_T0);
      sums[v] = _mm256_add_epi32(sums[v], step.Multiply(LoadVector(w + 32 * v)));
    }
  }
  const __m256i four[4] = {sums[0], sums[1 % kVectors], sums[2 % kVectors], sums[3 % kVectors]};
  StoreCodes(RegistersInOrder(CodesOf<kVectors>(four, block, stage, r)), output, channels);
}

using BlockFunction = void (*)(const FullyConnectedShape&, const Requantization&, const OutputStage&,
                               const uint8_t*, const Row&, uint8_t*, int32_t);
constexpr BlockFunction kBlocks[2][kMaxVectors + 1] = {
    {nullptr, RunBlock<1, false>, RunBlock<2, false>, RunBlock<3, false>, RunBlock<4, false>},
    {nullptr, RunBlock<1, true>, RunBlock<2, true>, RunBlock<3, true>, RunBlock<4, true>}};

void Run(const FullyConnectedShape& s, const FullyConnectedParameters& p, const void* packed,
         const uint8_t* input, uint8_t* output, int32_t begin, int32_t end, void* scratch) {
  const LayerHeader* layer = static_cast<const LayerHeader*>(packed);
  const OutputStage stage(p.output, layer->header);
  uint8_t* inputs = static_cast<uint8_t*>(scratch);
  std::memset(inputs, 0, ScratchBytes(s));
  for (int32_t row = 0; row < s.rows; ++row, input += s.in, output += s.out) {
    (layer->widens ? WidenInputs : SplitInputs)(s, input, p.input_flip, inputs);
    const Row inputs_of_row = {inputs, WeightCorrection(s, p, input)};
    for (int32_t block = begin; block < end; ++block) {
      const int32_t first = block * kBlock;
      kBlocks[layer->widens][VectorsOf(s, first)](
          s, p.output, stage, static_cast<const uint8_t*>(packed) + BlockOffset(s, block), inputs_of_row,
          output + first, MinInt(kBlock, s.out - first));
    }
  }
}

}  // namespace

extern const FullyConnectedKernel kFullyConnectedAvx2;
const FullyConnectedKernel kFullyConnectedAvx2 = {"avx2", kCpuAvx2 | kCpuFma, false, kBlock, PackedBytes,
                                                  Pack,   ScratchBytes,       Run};

}  // namespace weightfold
