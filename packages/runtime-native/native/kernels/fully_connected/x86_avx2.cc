// One row against 16 output channels: 8 independent accumulators at a time, 16 inputs per step, weights
// widened on the way from memory (they are read once, so keeping them in 8 bits halves the traffic). Exact:
// vpmaddwd never saturates here.
//
// Packed weights of a block: [channel][in, rounded up to 16], natural order of channels.
#include "kernels/common/x86_avx2.h"
#include "base/cpu.h"
#include "kernels/fully_connected/fully_connected.h"

namespace weightfold {
namespace {

constexpr int32_t kBlock = 16;

struct Header {
  alignas(64) float trust;
};

size_t Depth(const FullyConnectedShape& s) { return RoundUp(static_cast<size_t>(s.in), 16); }
size_t BlockBytes(const FullyConnectedShape& s) { return sizeof(ChannelBlock) + RoundUp(16 * Depth(s), 64); }
int32_t Blocks(const FullyConnectedShape& s) { return (s.out + 15) / 16; }

size_t PackedBytes(const FullyConnectedShape& s) { return sizeof(Header) + Blocks(s) * BlockBytes(s); }
size_t ScratchBytes(const FullyConnectedShape& s) { return (Depth(s) + 32) * sizeof(int16_t); }

void PackBlock(const FullyConnectedShape& s, const FullyConnectedParameters& p, int32_t first, uint8_t* to,
               float* trust) {
  ChannelBlock* block = reinterpret_cast<ChannelBlock*>(to);
  int8_t* weights = reinterpret_cast<int8_t*>(to + sizeof(ChannelBlock));
  for (int i = 0; i < 16; ++i) {
    const int32_t wanted = first + PackedChannel(i), oc = MinInt(wanted, s.out - 1);
    const int8_t* w = p.weights + static_cast<size_t>(oc) * s.in;
    int8_t* row = weights + static_cast<size_t>(PackedChannel(i)) * Depth(s);
    std::memset(row, 0, Depth(s));
    if (wanted == oc) std::memcpy(row, w, static_cast<size_t>(s.in));
    int32_t sum = 0;
    bool all_zero = true;
    double magnitude = p.bias ? std::fabs(static_cast<double>(p.bias[oc])) : 0;
    for (int32_t k = 0; k < s.in; ++k) {
      const int32_t weight = w[k] - p.weight_zero_point;
      sum = WrappingAdd(sum, weight);
      all_zero = all_zero && weight == 0;
      magnitude += 255.0 * std::abs(weight);
    }
    const int32_t offset = WrappingMultiply(-p.input_zero_point, sum);
    SetChannel(block, i, oc, WrappingAdd(p.bias ? p.bias[oc] : 0, offset), magnitude, all_zero, p.output,
               trust);
  }
}

void Pack(const FullyConnectedShape& s, const FullyConnectedParameters& p, void* packed) {
  Header* header = static_cast<Header*>(packed);
  header->trust = InitialTrust(p.output);
  uint8_t* to = reinterpret_cast<uint8_t*>(header + 1);
  for (int32_t block = 0; block < Blocks(s); ++block, to += BlockBytes(s)) {
    PackBlock(s, p, block * 16, to, &header->trust);
  }
}

// Sums of channels 0–3 in *low_four and 4–7 in *high_four, each as two halves still to be added: [low lanes |
// high lanes].
WEIGHTFOLD_INLINE void EightChannels(const int16_t* x, const int8_t* w, size_t depth, __m256i* low_four,
                                     __m256i* high_four) {
  __m256i sums[8];
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) sums[i] = _mm256_setzero_si256();
  for (size_t k = 0; k < depth; k += 16) {
    const __m256i inputs = _mm256_load_si256(reinterpret_cast<const __m256i*>(x + k));
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) {
      const __m128i codes = _mm_load_si128(reinterpret_cast<const __m128i*>(w + i * depth + k));
      sums[i] = _mm256_add_epi32(sums[i], _mm256_madd_epi16(inputs, _mm256_cvtepi8_epi16(codes)));
    }
  }
  *low_four = _mm256_hadd_epi32(_mm256_hadd_epi32(sums[0], sums[1]), _mm256_hadd_epi32(sums[2], sums[3]));
  *high_four = _mm256_hadd_epi32(_mm256_hadd_epi32(sums[4], sums[5]), _mm256_hadd_epi32(sums[6], sums[7]));
}

WEIGHTFOLD_INLINE __m256i AddHalves(__m256i a, __m256i b) {
  return _mm256_add_epi32(_mm256_permute2x128_si256(a, b, 0x20), _mm256_permute2x128_si256(a, b, 0x31));
}

void RunRow(const FullyConnectedShape& s, const Requantization& r, const OutputStage& stage,
            const uint8_t* packed, const int16_t* x, int32_t correction, uint8_t* output, int32_t begin,
            int32_t end) {
  const __m256i corrections = _mm256_set1_epi32(correction);
  const size_t depth = Depth(s);
  for (int32_t unit = begin; unit < end; ++unit) {
    const uint8_t* at = packed + static_cast<size_t>(unit) * BlockBytes(s);
    const ChannelBlock& block = *reinterpret_cast<const ChannelBlock*>(at);
    const int8_t* w = reinterpret_cast<const int8_t*>(at + sizeof(ChannelBlock));
    const int32_t first = unit * kBlock;
    __m256i c0, c4, c8, c12;
    EightChannels(x, w, depth, &c0, &c4);
    if (s.out - first > 8) {
      EightChannels(x, w + 8 * depth, depth, &c8, &c12);
    } else {
      c8 = c12 = _mm256_setzero_si256();
    }
    const __m256i* bias = reinterpret_cast<const __m256i*>(block.bias);
    const __m256i bias0 = _mm256_add_epi32(_mm256_load_si256(bias), corrections);
    const __m256i bias1 = _mm256_add_epi32(_mm256_load_si256(bias + 1), corrections);
    const __m256i a0 = _mm256_add_epi32(AddHalves(c0, c8), bias0),
                  a1 = _mm256_add_epi32(AddHalves(c4, c12), bias1);
    const __m256i codes = RequantizeTwo(a0, a1, block, a0, a1, block, stage, r);
    StoreFirst(output + first, _mm256_castsi256_si128(codes), MinInt(kBlock, s.out - first));
  }
}

void Run(const FullyConnectedShape& s, const FullyConnectedParameters& p, const void* packed,
         const uint8_t* input, uint8_t* output, int32_t begin, int32_t end, void* scratch) {
  const Header* header = static_cast<const Header*>(packed);
  const OutputStage stage(p.output, header->trust);
  int16_t* x = static_cast<int16_t*>(scratch);
  for (int32_t row = 0; row < s.rows; ++row, input += s.in, output += s.out) {
    Widen(x, input, static_cast<size_t>(s.in), p.input_flip);
    std::memset(x + s.in, 0, (Depth(s) - s.in) * sizeof(int16_t));
    const int32_t correction = WeightCorrection(s, p, input);
    RunRow(s, p.output, stage, reinterpret_cast<const uint8_t*>(header + 1), x, correction, output, begin,
           end);
  }
}

}  // namespace

extern const FullyConnectedKernel kFullyConnectedAvx2;
const FullyConnectedKernel kFullyConnectedAvx2 = {"avx2", kCpuAvx2 | kCpuFma, false, kBlock, PackedBytes,
                                                  Pack,   ScratchBytes,       Run};

}  // namespace weightfold
