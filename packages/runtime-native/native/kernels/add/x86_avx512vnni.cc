// A float estimate, repaired in integers where it comes close to a tie. With s the sum of both inputs' scales
// in output steps, all values stay below 255 s; four roundings (of the constant, of the two multiplications
// and of the scales) move the estimate by at most 255 s × 2^-22. With each scale below 4 the roundings of the
// integer rule move a value by less than 2^-15 of a step.
#include "kernels/common/x86_avx512vnni.h"

#include "base/cpu.h"
#include "kernels/add/add.h"

namespace weightfold {
namespace {

struct alignas(64) Estimator {
  float scale[2], constant;  // in 2^-16 of an output step
  Header header;
};

void Pack(const AddParameters& p, void* packed) {
  Estimator* e = static_cast<Estimator*>(packed);
  const double output = std::ldexp(static_cast<double>(p.output_multiplier), p.output_shift - 31);
  double scale[2], constant = 0;
  for (int i = 0; i < 2; ++i) {
    scale[i] = std::ldexp(static_cast<double>(p.multiplier[i]), p.shift[i] - 31 + p.left_shift) * output;
    constant -= scale[i] * (p.zero_point[i] + 128);
    e->scale[i] = static_cast<float>(scale[i] * 65536);
  }
  e->constant = static_cast<float>(constant * 65536);
  const bool usual = scale[0] < 4 && scale[1] < 4 && p.left_shift == 20 && p.output_shift <= 0 &&
                     p.shift[0] <= 0 && p.shift[1] <= 0;
  // In 2^-16 of a step, with one more for rounding it to an integer and one for rounding the bound.
  const double error = 255 * (scale[0] + scale[1]) / 64 + 2;
  e->header = Header();
  e->header.error = usual ? static_cast<int32_t>(error) + 2 : kNeverTrust;
}

struct Input {
  __m128i flip;  // to uint8
  __m512 scale;
  __m512i zero_point, multiplier, shift;

  WEIGHTFOLD_INLINE Input(const AddParameters& p, const Estimator& e, int i)
      : flip(_mm_set1_epi8(static_cast<int8_t>(p.flip[i] ^ kUnsignedFlip))),
        scale(_mm512_set1_ps(e.scale[i])),
        zero_point(_mm512_set1_epi32(p.zero_point[i] + 128)),
        multiplier(_mm512_set1_epi32(p.multiplier[i])),
        shift(_mm512_set1_epi32(p.shift[i])) {}

  WEIGHTFOLD_INLINE __m512i Load(const uint8_t* from) const {
    const __m128i stored = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    return _mm512_cvtepu8_epi32(_mm_xor_si128(stored, flip));
  }

  // The input in the sum's units, by TFLite's rule.
  __m512i Scaled(const uint8_t* from, uint32_t left_shift) const {
    const __m512i wide = _mm512_slli_epi32(_mm512_sub_epi32(Load(from), zero_point), left_shift);
    return DoubleRounding(wide, multiplier, shift);
  }
};

// 64 codes in pair order, by TFLite's rule.
__attribute__((noinline, cold)) __m512i ExactSums(const AddParameters& p, const Input& a, const Input& b,
                                                  const uint8_t* xa, const uint8_t* xb,
                                                  const OutputStage& stage) {
  const uint32_t left_shift = static_cast<uint32_t>(p.left_shift);
  __m512i rounded[4];
  for (int v = 0; v < 4; ++v) {
    const __m512i sum =
        _mm512_add_epi32(a.Scaled(xa + 16 * v, left_shift), b.Scaled(xb + 16 * v, left_shift));
    rounded[v] =
        DoubleRounding(sum, _mm512_set1_epi32(p.output_multiplier), _mm512_set1_epi32(p.output_shift));
  }
  return JoinRounded(rounded, stage);
}

void Run(const AddParameters& p, const void* packed, const uint8_t* xa, const uint8_t* xb, uint8_t* output,
         size_t count) {
  const Estimator& e = *static_cast<const Estimator*>(packed);
  const Input a(p, e, 0), b(p, e, 1);
  const OutputStage stage(
      {Rounding::kDouble, p.output_zero_point, p.min, p.max, nullptr, nullptr, nullptr, p.output_flip},
      e.header);
  const __m512 constant = _mm512_set1_ps(e.constant);
  for (size_t i = 0; i < count; i += 64) {
    __m512i estimates[4];
#pragma GCC unroll 4
    for (int v = 0; v < 4; ++v) {
      const __m512 value_a = _mm512_cvtepi32_ps(a.Load(xa + i + 16 * v));
      const __m512 value_b = _mm512_cvtepi32_ps(b.Load(xb + i + 16 * v));
      const __m512 t = _mm512_fmadd_ps(value_a, a.scale, _mm512_fmadd_ps(value_b, b.scale, constant));
      estimates[v] = _mm512_cvtps_epi32(t);
    }
    bool doubt;
    __m512i codes = RoundEstimates(estimates, stage, &doubt);
    if (__builtin_expect(doubt, 0)) codes = ExactSums(p, a, b, xa + i, xb + i, stage);
    codes = RowsInOrder<1>(codes);
    _mm512_mask_storeu_epi8(output + i, FirstBytes(count - i), codes);
  }
}

}  // namespace

extern const AddKernel kAddAvx512Vnni;
const AddKernel kAddAvx512Vnni = {"avx512_vnni", kCpuAvx512 | kCpuAvx512Vnni, sizeof(Estimator), Pack, Run};

}  // namespace weightfold
