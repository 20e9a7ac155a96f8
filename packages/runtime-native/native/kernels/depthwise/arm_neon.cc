// Where products of two kernel elements fit in 16 bits together, smull and smlal add them there and saddw to
// 32 bits: 16 products in four instructions. Else, and where weights have a zero point, smlal on 16-bit
// weights and codes.
//
// Packed weights of a block: [kernel element][16], of 8 or of 16 bits.
#include "base/cpu.h"
#include "kernels/depthwise/arm_places.h"

namespace weightfold {
namespace {

size_t BlockBytes(const Geometry& g) {
  return sizeof(Block) + static_cast<size_t>(g.elements) * kLanes * sizeof(int16_t);
}

size_t PackedBytes(const DepthwiseShape& s, const DepthwiseParameters&) {
  const Geometry g = MakeGeometry(s);
  return g.blocks * BlockBytes(g);
}

// Where each kernel element's input lies, relative to the first.
size_t ScratchBytes(const DepthwiseShape& s) {
  return static_cast<size_t>(s.kernel_h) * s.kernel_w * sizeof(size_t);
}

void FillOffsets(const DepthwiseShape& s, size_t row, size_t* offsets) {
  for (int32_t ky = 0; ky < s.kernel_h; ++ky) {
    for (int32_t kx = 0; kx < s.kernel_w; ++kx) {
      *offsets++ = ky * s.dilation_h * row + static_cast<size_t>(kx) * s.dilation_w * s.channels;
    }
  }
}

void Pack(const DepthwiseShape& s, const DepthwiseParameters& p, void* packed) {
  const Geometry g = MakeGeometry(s);
  for (int32_t i = 0; i < g.blocks; ++i) {
    Block* block = reinterpret_cast<Block*>(static_cast<uint8_t*>(packed) + i * BlockBytes(g));
    PackChannels(s, p, g, i, block);
    int8_t* narrow = reinterpret_cast<int8_t*>(block + 1);
    int16_t* wide = reinterpret_cast<int16_t*>(block + 1);
    for (int32_t e = 0; e < g.elements; ++e) {
      for (int32_t lane = 0; lane < kLanes; ++lane) {
        const int8_t w = WeightAt(s, p, e, ChannelAt(s, g, i, lane));
        if (block->pairs_fit()) {
          narrow[e * kLanes + lane] = w;
        } else {
          wide[e * kLanes + lane] = static_cast<int16_t>(w - p.weight_zero_point);
        }
      }
    }
  }
}

WEIGHTFOLD_INLINE void AddWide(int32x4_t sums[4], int16x8_t low, int16x8_t high) {
  sums[0] = vaddw_s16(sums[0], vget_low_s16(low));
  sums[1] = vaddw_high_s16(sums[1], low);
  sums[2] = vaddw_s16(sums[2], vget_low_s16(high));
  sums[3] = vaddw_high_s16(sums[3], high);
}

// Two kernel elements at a time, then the last.
WEIGHTFOLD_INLINE void AddPairs(const int8_t* x, const size_t* offsets, int32_t elements, const int8_t* w,
                                int32x4_t sums[4]) {
  int32_t e = 0;
#pragma GCC unroll 4
  for (; e + 2 <= elements; e += 2) {
    const int8x16_t x0 = vld1q_s8(x + offsets[e]), x1 = vld1q_s8(x + offsets[e + 1]);
    const int8x16_t w0 = vld1q_s8(w + e * kLanes), w1 = vld1q_s8(w + (e + 1) * kLanes);
    const int16x8_t low = vmull_s8(vget_low_s8(x0), vget_low_s8(w0)), high = vmull_high_s8(x0, w0);
    AddWide(sums, vmlal_s8(low, vget_low_s8(x1), vget_low_s8(w1)), vmlal_high_s8(high, x1, w1));
  }
  if (e == elements) return;
  const int8x16_t x0 = vld1q_s8(x + offsets[e]), w0 = vld1q_s8(w + e * kLanes);
  AddWide(sums, vmull_s8(vget_low_s8(x0), vget_low_s8(w0)), vmull_high_s8(x0, w0));
}

WEIGHTFOLD_INLINE void AddOneByOne(const int8_t* x, const size_t* offsets, int32_t elements, const int16_t* w,
                                   int32x4_t sums[4]) {
  for (int32_t e = 0; e < elements; ++e, w += kLanes) {
    const int8x16_t codes = vld1q_s8(x + offsets[e]);
    const int16x8_t low = vmovl_s8(vget_low_s8(codes)), high = vmovl_high_s8(codes);
    const int16x8_t w_low = vld1q_s16(w), w_high = vld1q_s16(w + 8);
    sums[0] = vmlal_s16(sums[0], vget_low_s16(low), vget_low_s16(w_low));
    sums[1] = vmlal_high_s16(sums[1], low, w_low);
    sums[2] = vmlal_s16(sums[2], vget_low_s16(high), vget_low_s16(w_high));
    sums[3] = vmlal_high_s16(sums[3], high, w_high);
  }
}

// What all blocks of a call share.
struct Context {
  const size_t* offsets;
  int32_t elements;
  size_t input_row, output_row;  // bytes from an output row, or its inputs, to the next
  OutputStage stage;
};

enum class Sums { kPairs3x3, kPairs, kOneByOne };

template <Sums kSums>
struct PlaceRunner {
  WEIGHTFOLD_INLINE PlaceRunner(const Context& c, const Block& b) : context(c), output(b, c.stage) {
    for (int e = 0; kSums == Sums::kPairs3x3 && e < 9; ++e) offsets[e] = c.offsets[e];
  }

  WEIGHTFOLD_INLINE void Run(const int8_t* x, uint8_t* to) const {
    int32x4_t sums[4] = {output.bias[0], output.bias[1], output.bias[2], output.bias[3]};
    const int8_t* w = output.block.weights();
    if (kSums == Sums::kPairs3x3) AddPairs(x, offsets, 9, w, sums);
    if (kSums == Sums::kPairs) AddPairs(x, context.offsets, context.elements, w, sums);
    if (kSums == Sums::kOneByOne) {
      AddOneByOne(x, context.offsets, context.elements, reinterpret_cast<const int16_t*>(w), sums);
    }
    output.Store(to, sums);
  }

  const Context& context;
  const BlockOutput output;
  size_t offsets[9];  // in registers
};

template <Sums kSums>
void RunBlock(const Context& context, const Places& places, const Block& block, const int8_t* x, uint8_t* y,
              int32_t rows) {
  const PlaceRunner<kSums> runner(context, block);
  for (int32_t row = 0; row < rows; ++row, x += context.input_row, y += context.output_row) {
    const int8_t* from = x;
    uint8_t* to = y;
    int32_t i = 0;
    for (; i < places.with_room; ++i, from += places.input_step, to += places.output_step) {
      runner.Run(from, to);
    }
    for (; i < places.count; ++i, from += places.input_step, to += places.output_step) {
      uint8_t codes[kLanes];
      runner.Run(from, codes);
      std::memcpy(to, codes, places.room(i));
    }
  }
}

void Run(const DepthwiseShape& s, const DepthwiseParameters& p, const void* packed, const ConstImage& input,
         const Image& output, int32_t begin, int32_t end, void* scratch) {
  const Geometry g = MakeGeometry(s);
  size_t* offsets = static_cast<size_t*>(scratch);
  FillOffsets(s, input.row, offsets);
  const Context context = {offsets, g.elements, s.stride_h * input.row, output.row, OutputStage(p.output)};
  ForEachBlock(s, g, BlockBytes(g), packed, input, output, begin, end,
               [&](const Places& places, const Block& block, const int8_t* x, uint8_t* y, int32_t rows) {
                 const auto run = !block.pairs_fit() ? RunBlock<Sums::kOneByOne>
                                  : g.elements == 9  ? RunBlock<Sums::kPairs3x3>
                                                     : RunBlock<Sums::kPairs>;
                 run(context, places, block, x, y, rows);
               });
}

}  // namespace

extern const DepthwiseKernel kDepthwiseNeon;
const DepthwiseKernel kDepthwiseNeon = {"neon", kCpuNeon, false, PackedBytes, Pack, ScratchBytes, Run, true};

}  // namespace weightfold
