// Kernels of three rows: four input rows are interleaved, bytes and then words, so that one sdot is the rows
// of a kernel column for four channels. With stride 1 the same four input rows give two output rows. Other
// kernels, and weights with a zero point, are left to NEON.
//
// Packed weights of a block: [kernel column][output row of two][four channels][channel][4].
#include "base/cpu.h"
#include "kernels/depthwise/arm_places.h"

namespace weightfold {

extern const DepthwiseKernel kDepthwiseNeon;

namespace {

constexpr int32_t kColumnBytes = 4 * kLanes;

bool Interleaves(const DepthwiseShape& s, const DepthwiseParameters& p) {
  return s.kernel_h == 3 && p.weight_zero_point == 0;
}
// Two output rows at once.
bool HasTwo(const DepthwiseShape& s) { return s.stride_h == 1 && s.dilation_h == 1; }

size_t BlockBytes(const DepthwiseShape& s) {
  return sizeof(Block) + static_cast<size_t>(s.kernel_w) * (HasTwo(s) ? 2 : 1) * kColumnBytes;
}

// As much as either way needs.
size_t PackedBytes(const DepthwiseShape& s, const DepthwiseParameters& p) {
  const size_t own = MakeGeometry(s).blocks * BlockBytes(s), other = kDepthwiseNeon.packed_bytes(s, p);
  return own > other ? own : other;
}

size_t ScratchBytes(const DepthwiseShape& s) { return kDepthwiseNeon.scratch_bytes(s); }

void Pack(const DepthwiseShape& s, const DepthwiseParameters& p, void* packed) {
  if (!Interleaves(s, p)) return kDepthwiseNeon.pack(s, p, packed);
  const Geometry g = MakeGeometry(s);
  const int32_t outputs = HasTwo(s) ? 2 : 1;
  for (int32_t i = 0; i < g.blocks; ++i) {
    Block* block = reinterpret_cast<Block*>(static_cast<uint8_t*>(packed) + i * BlockBytes(s));
    std::memset(static_cast<void*>(block), 0, BlockBytes(s));
    PackChannels(s, p, g, i, block);
    int8_t* weights = reinterpret_cast<int8_t*>(block + 1);
    for (int32_t e = 0; e < g.elements; ++e) {
      const int32_t ky = e / s.kernel_w, kx = e % s.kernel_w;
      for (int32_t lane = 0; lane < kLanes; ++lane) {
        const int8_t w = WeightAt(s, p, e, ChannelAt(s, g, i, lane));
        // The second output row begins one input row later.
        for (int32_t output = 0; output < outputs; ++output) {
          weights[(kx * outputs + output) * kColumnBytes + 4 * lane + ky + output] = w;
        }
      }
    }
  }
}

// What all blocks of a call share.
struct Context {
  int32_t kernel_w;
  size_t row, column;            // bytes from a kernel row, or column, to the next
  size_t input_row, output_row;  // bytes from an output row, or its inputs, to the next
  OutputStage stage;
};

// Four rows of sixteen codes each as four vectors of the four codes that lie below one another.
struct Column {
  int8x16_t v[4];

  static WEIGHTFOLD_INLINE Column Load(const int8_t* const rows[4], size_t at) {
    const int8x16_t r0 = vld1q_s8(rows[0] + at), r1 = vld1q_s8(rows[1] + at);
    const int8x16_t r2 = vld1q_s8(rows[2] + at), r3 = vld1q_s8(rows[3] + at);
    const int16x8_t low01 = vreinterpretq_s16_s8(vzip1q_s8(r0, r1));
    const int16x8_t high01 = vreinterpretq_s16_s8(vzip2q_s8(r0, r1));
    const int16x8_t low23 = vreinterpretq_s16_s8(vzip1q_s8(r2, r3));
    const int16x8_t high23 = vreinterpretq_s16_s8(vzip2q_s8(r2, r3));
    return {{vreinterpretq_s8_s16(vzip1q_s16(low01, low23)), vreinterpretq_s8_s16(vzip2q_s16(low01, low23)),
             vreinterpretq_s8_s16(vzip1q_s16(high01, high23)),
             vreinterpretq_s8_s16(vzip2q_s16(high01, high23))}};
  }
};

// kOutputs output rows (1 or 2) of a kernel that is packed for kPacked, at kPlaces places (1 or 2). kSliding:
// three kernel columns, and a place is a column behind the one before, so that they share inputs.
template <int kPlaces, int kOutputs, int kPacked, bool kSliding>
WEIGHTFOLD_INLINE void RunPlaces(const Context& context, const BlockOutput& output, const int8_t* x,
                                 size_t distance, uint8_t* const to[kOutputs], size_t output_distance) {
  // A fourth row behind the kernel has weights of zero: any memory does.
  const int8_t* rows[4] = {x, x + context.row, x + 2 * context.row, kOutputs == 2 ? x + 3 * context.row : x};
  const int8_t* w = output.block.weights();
  int32x4_t sums[kPlaces][kOutputs][4];
#pragma GCC unroll 2
  for (int i = 0; i < kPlaces; ++i) {
#pragma GCC unroll 2
    for (int o = 0; o < kOutputs; ++o) {
#pragma GCC unroll 4
      for (int v = 0; v < 4; ++v) sums[i][o][v] = output.bias[v];
    }
  }
  Column columns[kPlaces];
  const int32_t width = kSliding ? 3 : context.kernel_w;
  size_t at = 0;
#pragma GCC unroll 3
  for (int32_t kx = 0; kx < width; ++kx, at += context.column, w += kPacked * kColumnBytes) {
    columns[0] = kSliding && kPlaces == 2 && kx > 0 ? columns[kPlaces - 1] : Column::Load(rows, at);
    if (kPlaces == 2) columns[kPlaces - 1] = Column::Load(rows, at + distance);
#pragma GCC unroll 2
    for (int o = 0; o < kOutputs; ++o) {
#pragma GCC unroll 4
      for (int v = 0; v < 4; ++v) {
        const int8x16_t weights = vld1q_s8(w + o * kColumnBytes + v * 16);
#pragma GCC unroll 2
        for (int i = 0; i < kPlaces; ++i) sums[i][o][v] = vdotq_s32(sums[i][o][v], columns[i].v[v], weights);
      }
    }
  }
#pragma GCC unroll 2
  for (int i = 0; i < kPlaces; ++i) {
#pragma GCC unroll 2
    for (int o = 0; o < kOutputs; ++o) output.Store(to[o] + i * output_distance, sums[i][o]);
  }
}

// A block in one or two output rows.
template <int kOutputs, int kPacked, bool kSliding>
WEIGHTFOLD_INLINE void RunRows(const Context& context, const Places& places, const BlockOutput& output,
                               const int8_t* x, uint8_t* y) {
  const size_t step = places.input_step, output_step = places.output_step;
  uint8_t* to[kOutputs];
  for (int o = 0; o < kOutputs; ++o) to[o] = y + o * context.output_row;
  const auto advance = [&](int32_t count) {
    x += count * step;
    for (int o = 0; o < kOutputs; ++o) to[o] += count * output_step;
  };
  int32_t i = 0;
  for (; i + 2 <= places.with_room; i += 2, advance(2)) {
    RunPlaces<2, kOutputs, kPacked, kSliding>(context, output, x, step, to, output_step);
  }
  for (; i < places.count; ++i, advance(1)) {
    if (i < places.with_room) {
      RunPlaces<1, kOutputs, kPacked, kSliding>(context, output, x, step, to, output_step);
      continue;
    }
    uint8_t codes[kOutputs][kLanes];
    uint8_t* at[kOutputs];
    for (int o = 0; o < kOutputs; ++o) at[o] = codes[o];
    RunPlaces<1, kOutputs, kPacked, kSliding>(context, output, x, step, at, output_step);
    for (int o = 0; o < kOutputs; ++o) std::memcpy(to[o], codes[o], places.room(i));
  }
}

template <int kPacked, bool kSliding>
void RunBlock(const Context& context, const Places& places, const Block& block, const int8_t* x, uint8_t* y,
              int32_t rows) {
  const BlockOutput output(block, context.stage);
  int32_t row = 0;
  for (; row + kPacked <= rows; row += kPacked) {
    RunRows<kPacked, kPacked, kSliding>(context, places, output, x + row * context.input_row,
                                        y + row * context.output_row);
  }
  if (row == rows) return;
  RunRows<1, kPacked, kSliding>(context, places, output, x + row * context.input_row,
                                y + row * context.output_row);
}

void Run(const DepthwiseShape& s, const DepthwiseParameters& p, const void* packed, const ConstImage& input,
         const Image& output, int32_t begin, int32_t end, void* scratch) {
  if (!Interleaves(s, p)) return kDepthwiseNeon.run(s, p, packed, input, output, begin, end, scratch);
  const Context context = {s.kernel_w,
                           s.dilation_h * input.row,
                           static_cast<size_t>(s.dilation_w) * s.channels,
                           s.stride_h * input.row,
                           output.row,
                           OutputStage(p.output)};
  ForEachBlock(s, MakeGeometry(s), BlockBytes(s), packed, input, output, begin, end,
               [&](const Places& places, const Block& block, const int8_t* x, uint8_t* y, int32_t rows) {
                 const bool sliding = s.kernel_w == 3 && places.input_step == context.column;
                 const auto run = HasTwo(s) ? (sliding ? RunBlock<2, true> : RunBlock<2, false>)
                                            : (sliding ? RunBlock<1, true> : RunBlock<1, false>);
                 run(context, places, block, x, y, rows);
               });
}

}  // namespace

extern const DepthwiseKernel kDepthwiseDotProd;
const DepthwiseKernel kDepthwiseDotProd = {"dotprod", kCpuNeon | kCpuDotProd, false, PackedBytes,
                                           Pack,      ScratchBytes,           Run,   true};

}  // namespace weightfold
