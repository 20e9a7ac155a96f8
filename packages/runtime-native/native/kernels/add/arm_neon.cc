// TFLite's rule in integers, sixteen elements at a time.
#include "kernels/common/arm_neon.h"

#include "base/cpu.h"
#include "kernels/add/add.h"

namespace weightfold {
namespace {

constexpr size_t kGroup = 16;

// x × multiplier × 2^shift, shift ≤ 0, with gemmlowp's two roundings; without a shift there is no second one.
struct Factor {
  Factor(int32_t m, int32_t s)
      : multiplier(vdupq_n_s32(m)), shift(vdupq_n_s32(s)), nudged(vdupq_n_s32(s < 0 ? -1 : 0)) {}

  WEIGHTFOLD_INLINE int32x4_t Scale(int32x4_t x) const {
    const int32x4_t high = vqrdmulhq_s32(x, multiplier);
    return vrshlq_s32(vsraq_n_s32(high, vandq_s32(high, nudged), 31), shift);
  }

  int32x4_t multiplier, shift, nudged;
};

struct Input {
  Input(const AddParameters& p, int i)
      : factor(p.multiplier[i], p.shift[i]),
        zero_point(vdupq_n_s8(static_cast<int8_t>(p.zero_point[i]))),
        flip(vdupq_n_u8(p.flip[i])) {}

  // The contribution of sixteen codes. Differences of codes have 9 bits: 5 of the 20 that they are shifted
  // fit in 16 bits.
  WEIGHTFOLD_INLINE void Load(const uint8_t* from, int32x4_t scaled[4]) const {
    const int8x16_t codes = vreinterpretq_s8_u8(veorq_u8(vld1q_u8(from), flip));
    const int16x8_t low = vshlq_n_s16(vsubl_s8(vget_low_s8(codes), vget_low_s8(zero_point)), 5);
    const int16x8_t high = vshlq_n_s16(vsubl_high_s8(codes, zero_point), 5);
    scaled[0] = factor.Scale(vshll_n_s16(vget_low_s16(low), 15));
    scaled[1] = factor.Scale(vshll_high_n_s16(low, 15));
    scaled[2] = factor.Scale(vshll_n_s16(vget_low_s16(high), 15));
    scaled[3] = factor.Scale(vshll_high_n_s16(high, 15));
  }

  Factor factor;
  int8x16_t zero_point;
  uint8x16_t flip;
};

// Sums stay below 2^29 then, and nothing wraps around.
bool IsUsual(const AddParameters& p) {
  return p.left_shift == 20 && p.shift[0] <= 0 && p.shift[1] <= 0 && p.output_shift <= 0;
}

size_t RunGroups(const AddParameters& p, const uint8_t* a, const uint8_t* b, uint8_t* output, size_t count) {
  const Input first(p, 0), second(p, 1);
  const Factor factor(p.output_multiplier, p.output_shift);
  const OutputStage stage(p.output_zero_point, p.min, p.max, p.output_flip);
  size_t i = 0;
  for (; i + kGroup <= count; i += kGroup) {
    int32x4_t x[4], y[4];
    first.Load(a + i, x);
    second.Load(b + i, y);
    int16x4_t scaled[4];
    for (int v = 0; v < 4; ++v) scaled[v] = vqmovn_s32(factor.Scale(vaddq_s32(x[v], y[v])));
    const int16x8_t low = vqaddq_s16(vcombine_s16(scaled[0], scaled[1]), stage.zero_point);
    const int16x8_t high = vqaddq_s16(vcombine_s16(scaled[2], scaled[3]), stage.zero_point);
    vst1q_u8(output + i, SixteenCodes(low, high, stage));
  }
  return i;
}

void PackNothing(const AddParameters&, void*) {}

void Run(const AddParameters& p, const void*, const uint8_t* a, const uint8_t* b, uint8_t* output,
         size_t count) {
  size_t i = IsUsual(p) ? RunGroups(p, a, b, output, count) : 0;
  for (; i < count; ++i) output[i] = AddOne(p, a[i], b[i]);
}

}  // namespace

extern const AddKernel kAddNeon;
const AddKernel kAddNeon = {"neon", kCpuNeon, 0, PackNothing, Run};

}  // namespace weightfold
