// A float estimate, repaired in integers where it comes close to a tie. With both inputs' scales below 4
// output steps, the roundings of the integer rule move a value by less than 2^-15 of a step. With s the sum
// of the scales and codes of at most 128, the two products together are at most 128 s, so is the constant,
// and sums are at most 256 s. Scales, constant and two sums are rounded to 24 bits: at most 2^-24 × 768 s
// more.
#include <immintrin.h>

#include <cmath>

#include "base/cpu.h"
#include "base/numbers.h"
#include "kernels/add/add.h"

namespace weightfold {
namespace {

constexpr size_t kGroup = 32;

struct alignas(32) Estimator {
  __m256 scale_a, scale_b, constant, trust;
  __m256i zero_point, min, max, flip;
  __m128i flip_a, flip_b;
};

Estimator MakeEstimator(const AddParameters& p) {
  const double output = std::ldexp(static_cast<double>(p.output_multiplier), p.output_shift - 31);
  double scale[2];
  for (int i = 0; i < 2; ++i) {
    scale[i] = std::ldexp(static_cast<double>(p.multiplier[i]), p.shift[i] - 31 + p.left_shift) * output;
  }
  const double constant = -(scale[0] * p.zero_point[0] + scale[1] * p.zero_point[1]);
  // The error bounds above hold for sums within some thousand steps and multipliers below one.
  const bool usual = scale[0] < 4 && scale[1] < 4 && p.left_shift == 20 && p.output_shift <= 0 &&
                     p.shift[0] <= 0 && p.shift[1] <= 0;
  const double error = std::ldexp(1.0, -15) + std::ldexp(768.0, -24) * (scale[0] + scale[1]);
  return {_mm256_set1_ps(static_cast<float>(scale[0])),
          _mm256_set1_ps(static_cast<float>(scale[1])),
          _mm256_set1_ps(static_cast<float>(constant)),
          _mm256_set1_ps(usual ? static_cast<float>(0.5 - error) : -1.0f),
          _mm256_set1_epi16(static_cast<int16_t>(p.output_zero_point)),
          _mm256_set1_epi8(static_cast<int8_t>(p.min)),
          _mm256_set1_epi8(static_cast<int8_t>(p.max)),
          _mm256_set1_epi8(static_cast<int8_t>(p.output_flip)),
          _mm_set1_epi8(static_cast<int8_t>(p.flip[0])),
          _mm_set1_epi8(static_cast<int8_t>(p.flip[1]))};
}

inline __attribute__((always_inline)) __m256 LoadFloats(const uint8_t* from, __m128i flip) {
  const __m128i stored = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(from));
  return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_xor_si128(stored, flip)));
}

// 32 outputs, or false when one of them needs the integer rule.
inline __attribute__((always_inline)) bool AddGroup(const Estimator& e, const uint8_t* a, const uint8_t* b,
                                                    uint8_t* output) {
  __m256i rounded[4];
  __m256 distance = _mm256_setzero_ps();
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const __m256 partial = _mm256_fmadd_ps(LoadFloats(b + 8 * i, e.flip_b), e.scale_b, e.constant);
    const __m256 t = _mm256_fmadd_ps(LoadFloats(a + 8 * i, e.flip_a), e.scale_a, partial);
    const __m256 whole = _mm256_round_ps(t, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    distance = _mm256_max_ps(distance, _mm256_andnot_ps(_mm256_set1_ps(-0.0f), _mm256_sub_ps(t, whole)));
    rounded[i] = _mm256_cvtps_epi32(t);
  }
  if (_mm256_movemask_ps(_mm256_cmp_ps(distance, e.trust, _CMP_GT_OQ))) return false;
  const __m256i low = _mm256_adds_epi16(_mm256_packs_epi32(rounded[0], rounded[1]), e.zero_point);
  const __m256i high = _mm256_adds_epi16(_mm256_packs_epi32(rounded[2], rounded[3]), e.zero_point);
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  const __m256i codes = _mm256_permutevar8x32_epi32(_mm256_packs_epi16(low, high), order);
  const __m256i clamped = _mm256_min_epi8(_mm256_max_epi8(codes, e.min), e.max);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(output), _mm256_xor_si256(clamped, e.flip));
  return true;
}

void Pack(const AddParameters& p, void* packed) { *static_cast<Estimator*>(packed) = MakeEstimator(p); }

void Run(const AddParameters& p, const void* packed, const uint8_t* a, const uint8_t* b, uint8_t* output,
         size_t count) {
  const Estimator estimator = *static_cast<const Estimator*>(packed);
  size_t i = 0;
  for (; i + kGroup <= count; i += kGroup) {
    if (__builtin_expect(AddGroup(estimator, a + i, b + i, output + i), 1)) continue;
    for (size_t j = i; j < i + kGroup; ++j) output[j] = AddOne(p, a[j], b[j]);
  }
  for (; i < count; ++i) output[i] = AddOne(p, a[i], b[i]);
}

}  // namespace

extern const AddKernel kAddAvx2;
const AddKernel kAddAvx2 = {"avx2", kCpuAvx2 | kCpuFma, sizeof(Estimator), Pack, Run};

}  // namespace weightfold
