// One row against up to 64 output channels: four inputs are broadcast, vpdpbusd multiplies them with the
// weights of 16 channels. Several steps go on side by side, so that about eight sums are under way at once:
// with fewer, the latency of the instruction and not the stream of weights would set the pace.
//
// Packed: a Header, then blocks of up to 64 channels, each a ChannelBlock and weights
// [step of four inputs][vector][lane][4], steps rounded up to those that go side by side.
#include "kernels/common/x86_avx512vnni.h"
#include "base/cpu.h"
#include "kernels/fully_connected/fully_connected.h"

namespace weightfold {
namespace {

constexpr int32_t kBlock = 64;
constexpr int kMaxVectors = 4;
constexpr int32_t kSideBySide[kMaxVectors + 1] = {0, 8, 4, 3, 2};
constexpr int kPrefetch = 1024;  // bytes ahead

int32_t VectorsOf(const FullyConnectedShape& s, int32_t first) {
  return (MinInt(kBlock, s.out - first) + 15) / 16;
}

int32_t Steps(const FullyConnectedShape& s, int32_t vectors) {
  const size_t steps = (static_cast<size_t>(s.in) + 3) / 4;
  return static_cast<int32_t>(RoundUp(steps, static_cast<size_t>(kSideBySide[vectors])));
}

size_t BlockBytes(const FullyConnectedShape& s, int32_t vectors) {
  return sizeof(ChannelBlock) + static_cast<size_t>(Steps(s, vectors)) * vectors * 64;
}

// Where a block begins; all before it are of four vectors.
size_t BlockOffset(const FullyConnectedShape& s, int32_t block) {
  return sizeof(Header) + static_cast<size_t>(block) * BlockBytes(s, kMaxVectors);
}

size_t PackedBytes(const FullyConnectedShape& s, const FullyConnectedParameters&) {
  const int32_t last = (s.out - 1) / kBlock;
  return BlockOffset(s, last) + BlockBytes(s, VectorsOf(s, last * kBlock));
}

size_t ScratchBytes(const FullyConnectedShape&) { return 0; }

void Pack(const FullyConnectedShape& s, const FullyConnectedParameters& p, void* packed) {
  std::memset(packed, 0, PackedBytes(s, p));
  Header* header = static_cast<Header*>(packed);
  *header = Header();
  for (int32_t channel = 0; channel < s.out; ++channel) {
    const int32_t block = channel / kBlock, within = channel % kBlock;
    const int32_t vectors = VectorsOf(s, block * kBlock), place = PlaceOfChannel(vectors, within);
    uint8_t* to = static_cast<uint8_t*>(packed) + BlockOffset(s, block);
    int8_t* weights = reinterpret_cast<int8_t*>(to + sizeof(ChannelBlock));
    const int8_t* w = p.weights + static_cast<size_t>(channel) * s.in;
    const int32_t bias = BiasOf(p.bias, channel);
    AccumulatorRange range(bias, p.input_zero_point);
    range.AddAll(w, static_cast<size_t>(s.in), 0);
    int8_t* four = weights + static_cast<size_t>(place) * 4;
    for (int32_t k = 0; k < s.in; k += 4, four += vectors * 64) {
      std::memcpy(four, w + k, static_cast<size_t>(MinInt(4, s.in - k)));
    }
    SetChannel(reinterpret_cast<ChannelBlock*>(to), place, channel, bias, range, p.output, header);
  }
}

template <int kVectors>
void RunBlock(const FullyConnectedShape& s, const Requantization& r, const OutputStage& stage,
              const uint8_t* packed, const uint8_t* x, uint8_t* output, int32_t channels) {
  constexpr int kSteps = kSideBySide[kVectors];
  const ChannelBlock& block = *reinterpret_cast<const ChannelBlock*>(packed);
  const int8_t* w = reinterpret_cast<const int8_t*>(packed + sizeof(ChannelBlock));
  const int8_t* end = w + static_cast<size_t>(Steps(s, kVectors)) * kVectors * 64;
  __m512i sums[kSteps][kVectors];
#pragma GCC unroll 8
  for (int i = 0; i < kSteps; ++i) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      sums[i][v] = i == 0 ? _mm512_load_si512(block.bias + 16 * v) : _mm512_setzero_si512();
    }
  }
  for (; w != end; w += kSteps * kVectors * 64, x += 4 * kSteps) {
#pragma GCC unroll 8
    for (int i = 0; i < kSteps; ++i) {
      const __m512i inputs = BroadcastFour(x + 4 * i);
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) {
        const int8_t* from = w + (i * kVectors + v) * 64;
        _mm_prefetch(reinterpret_cast<const char*>(from + kPrefetch), _MM_HINT_T0);
        MultiplyAdd(&sums[i][v], inputs, _mm512_load_si512(from));
      }
    }
  }
  __m512i four[4];
#pragma GCC unroll 4
  for (int v = 0; v < 4; ++v) {
    four[v] = sums[0][v % kVectors];
#pragma GCC unroll 8
    for (int i = 1; i < kSteps; ++i) four[v] = _mm512_add_epi32(four[v], sums[i][v % kVectors]);
  }
  const __m512i codes = CodesOf<kVectors>(four, block, stage, r);
  _mm512_mask_storeu_epi8(output, FirstBytes(static_cast<size_t>(channels)), RowsInOrder<kVectors>(codes));
}

using BlockFunction = void (*)(const FullyConnectedShape&, const Requantization&, const OutputStage&,
                               const uint8_t*, const uint8_t*, uint8_t*, int32_t);
constexpr BlockFunction kBlocks[kMaxVectors + 1] = {nullptr, RunBlock<1>, RunBlock<2>, RunBlock<3>,
                                                    RunBlock<4>};

void Run(const FullyConnectedShape& s, const FullyConnectedParameters& p, const void* packed,
         const uint8_t* input, uint8_t* output, int32_t begin, int32_t end, void*) {
  const OutputStage stage(p.output, *static_cast<const Header*>(packed));
  for (int32_t block = begin; block < end; ++block) {
    const int32_t first = block * kBlock, channels = MinInt(kBlock, s.out - first);
    const uint8_t* at = static_cast<const uint8_t*>(packed) + BlockOffset(s, block);
    for (int32_t row = 0; row < s.rows; ++row) {
      kBlocks[VectorsOf(s, first)](s, p.output, stage, at, input + static_cast<size_t>(row) * s.in,
                                   output + static_cast<size_t>(row) * s.out + first, channels);
    }
  }
}

}  // namespace

extern const FullyConnectedKernel kFullyConnectedAvx512Vnni;
const FullyConnectedKernel kFullyConnectedAvx512Vnni = {
    "avx512_vnni", kCpuAvx512 | kCpuAvx512Vnni, true, kBlock, PackedBytes, Pack, ScratchBytes, Run};

}  // namespace weightfold
