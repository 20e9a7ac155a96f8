// Eight filters to a register, both products down the columns of matrices, so that no sum goes across
// lanes: the state is [batch][memory][filters], the oldest row first, and weights are packed in the order
// that the loops read them, two inputs or two moments to a 32-bit lane.
#include "kernels/common/x86_avx2.h"
#include "base/cpu.h"
#include "kernels/svdf/svdf.h"

namespace weightfold {
namespace {

constexpr int32_t kLanes = 8;

// Sums of 32 bits wrap around, as the scalar kernel's do, so zero points are in the offsets.
struct Packed {
  int32_t* feature_offset;   // [filters]
  int32_t* time_offset;      // [units]: the bias, too
  int16_t* feature_weights;  // [filters / 8][pairs of inputs][8][2], an odd one's partner with weights of 0
  int16_t* time_weights;     // [filters / 8][pairs of moments][8][2]
};

int32_t PairsOf(int32_t n) { return n / 2 + n % 2; }

size_t WeightsOf(const SvdfShape& s, int32_t n) {
  return static_cast<size_t>(s.filters) * static_cast<size_t>(PairsOf(n)) * 2;
}

Packed PartsOf(const SvdfShape& s, void* packed) {
  int32_t* offsets = static_cast<int32_t*>(packed);
  int16_t* weights = reinterpret_cast<int16_t*>(offsets + s.filters + s.units);
  return {offsets, offsets + s.filters, weights, weights + WeightsOf(s, s.inputs)};
}

size_t PackedBytes(const SvdfShape& s) {
  return (static_cast<size_t>(s.filters) + static_cast<size_t>(s.units)) * sizeof(int32_t) +
         (WeightsOf(s, s.inputs) + WeightsOf(s, s.memory)) * sizeof(int16_t);
}

bool CanTake(const SvdfShape& s, const SvdfParameters&) {
  const int32_t rank = s.filters / s.units;
  return rank <= 2 && s.units % kLanes == 0;
}

// weights: [filters][n].
template <typename Weight>
void PackPairs(const SvdfShape& s, const Weight* weights, int32_t n, int16_t* to) {
  for (int32_t block = 0; block < s.filters; block += kLanes) {
    for (int32_t i = 0; i < 2 * PairsOf(n); i += 2) {
      for (int32_t lane = 0; lane < kLanes; ++lane) {
        const Weight* row = weights + static_cast<size_t>(block + lane) * static_cast<size_t>(n);
        *to++ = row[i];
        *to++ = i + 1 < n ? row[i + 1] : 0;
      }
    }
  }
}

template <typename Weight>
int32_t SumOf(const Weight* weights, int32_t n) {
  int32_t sum = 0;
  for (int32_t i = 0; i < n; ++i) sum = WrappingAdd(sum, weights[i]);
  return sum;
}

template <typename State>
void PackOf(const SvdfShape& s, const SvdfParameters& p, const Packed& to) {
  const State* time = static_cast<const State*>(p.time_weights);
  for (int32_t filter = 0; filter < s.filters; ++filter) {
    const int8_t* feature = p.feature_weights + static_cast<size_t>(filter) * static_cast<size_t>(s.inputs);
    to.feature_offset[filter] = WrappingMultiply(-p.input_zero_point, SumOf(feature, s.inputs));
  }
  const int32_t of_unit = s.filters / s.units * s.memory;
  for (int32_t unit = 0; unit < s.units; ++unit) {
    const int32_t sum = SumOf(time + static_cast<size_t>(unit) * static_cast<size_t>(of_unit), of_unit);
    to.time_offset[unit] = WrappingAdd(p.bias ? p.bias[unit] : 0, WrappingMultiply(-p.state_zero_point, sum));
  }
  PackPairs(s, p.feature_weights, s.inputs, to.feature_weights);
  PackPairs(s, time, s.memory, to.time_weights);
}

void Pack(const SvdfShape& s, const SvdfParameters& p, void* packed) {
  const Packed to = PartsOf(s, packed);
  return s.state_bytes == 1 ? PackOf<int8_t>(s, p, to) : PackOf<int16_t>(s, p, to);
}

// MultiplyByQuantizedMultiplier of eight sums.
struct Scaling {
  __m256i multiplier, nudge, mask, half;
  __m128i left, right;

  explicit WEIGHTFOLD_INLINE Scaling(QuantizedScale s)
      : multiplier(_mm256_set1_epi32(s.multiplier)), nudge(_mm256_set1_epi64x(1ll << 30)) {
    const int32_t right_shift = s.shift > 0 ? 0 : -s.shift;
    const int32_t remainder = static_cast<int32_t>((1ll << right_shift) - 1);
    left = _mm_cvtsi32_si128(s.shift > 0 ? s.shift : 0);
    right = _mm_cvtsi32_si128(right_shift);
    mask = _mm256_set1_epi32(remainder);
    half = _mm256_set1_epi32(remainder >> 1);
  }

  WEIGHTFOLD_INLINE __m256i Apply(__m256i x) const {
    const __m256i shifted = _mm256_sll_epi32(x, left);
    // Products of even lanes, then of odd ones; of each, bits 31 to 62.
    const __m256i even = _mm256_add_epi64(_mm256_mul_epi32(shifted, multiplier), nudge);
    const __m256i odd = _mm256_add_epi64(_mm256_mul_epi32(_mm256_srli_epi64(shifted, 32), multiplier), nudge);
    constexpr int kOddLanes = 0xaa;
    const __m256i high =
        _mm256_blend_epi32(_mm256_srli_epi64(even, 31), _mm256_slli_epi64(odd, 1), kOddLanes);
    // Half away from zero: a negative number must be further past the half. A comparison that is true is −1.
    const __m256i threshold = _mm256_sub_epi32(half, _mm256_srai_epi32(high, 31));
    const __m256i up = _mm256_cmpgt_epi32(_mm256_and_si256(high, mask), threshold);
    return _mm256_sub_epi32(_mm256_sra_epi32(high, right), up);
  }
};

// Eight numbers within int16, in their order.
WEIGHTFOLD_INLINE __m128i Narrow(__m256i x) {
  return _mm_packs_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
}

// Eight remembered results of two moments, as pairs of 16 bits.
WEIGHTFOLD_INLINE __m256i LoadPairs(const int8_t* a, const int8_t* b) {
  const __m128i x = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(a));
  const __m128i y = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(b));
  return _mm256_cvtepi8_epi16(_mm_unpacklo_epi8(x, y));
}
WEIGHTFOLD_INLINE __m256i LoadPairs(const int16_t* a, const int16_t* b) {
  const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(a));
  const __m128i y = _mm_loadu_si128(reinterpret_cast<const __m128i*>(b));
  return _mm256_set_m128i(_mm_unpackhi_epi16(x, y), _mm_unpacklo_epi16(x, y));
}

// With the zero point after the clamp, where it may wrap around: so do the published builds.
WEIGHTFOLD_INLINE void StoreResults(int8_t* to, __m256i results, int32_t zero_point) {
  const __m128i codes = _mm_packs_epi16(Narrow(results), _mm_setzero_si128());
  const __m128i sums = _mm_add_epi8(codes, _mm_set1_epi8(static_cast<int8_t>(zero_point)));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(to), sums);
}
WEIGHTFOLD_INLINE void StoreResults(int16_t* to, __m256i results, int32_t zero_point) {
  const __m128i sums = _mm_add_epi16(Narrow(results), _mm_set1_epi16(static_cast<int16_t>(zero_point)));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), sums);
}

// What kBlocks × 8 filters make of an input, into the newest row of the state.
template <int kBlocks, typename State>
WEIGHTFOLD_INLINE void RememberBlocks(const SvdfShape& s, const Packed& packed, const Scaling& scaling,
                                      int32_t zero_point, const int8_t* input, int32_t filter,
                                      State* newest) {
  const int32_t pairs = PairsOf(s.inputs);
  const size_t of_block = static_cast<size_t>(pairs) * 2 * kLanes;
  const int16_t* weights = packed.feature_weights + static_cast<size_t>(filter / kLanes) * of_block;
  __m256i sums[kBlocks];
#pragma GCC unroll 4
  for (int b = 0; b < kBlocks; ++b) sums[b] = LoadVector(packed.feature_offset + filter + b * kLanes);
  for (int32_t pair = 0; pair < pairs; ++pair) {
    const int32_t next = 2 * pair + 1 < s.inputs ? input[2 * pair + 1] : 0;
    const __m256i x = _mm256_set1_epi32((input[2 * pair] & 0xffff) | WrappingMultiply(next, 1 << 16));
#pragma GCC unroll 4
    for (int b = 0; b < kBlocks; ++b) {
      const __m256i w = LoadVector(weights + static_cast<size_t>(b) * of_block + pair * 2 * kLanes);
      sums[b] = _mm256_add_epi32(sums[b], _mm256_madd_epi16(x, w));
    }
  }
#pragma GCC unroll 4
  for (int b = 0; b < kBlocks; ++b) {
    StoreResults(newest + filter + b * kLanes, scaling.Apply(sums[b]), zero_point);
  }
}

// Products of eight filters' memory and time weights.
template <typename State>
WEIGHTFOLD_INLINE __m256i SumOverTime(const SvdfShape& s, const Packed& packed, const State* state,
                                      int32_t filter) {
  const int32_t pairs = PairsOf(s.memory);
  const int16_t* weights =
      packed.time_weights + static_cast<size_t>(filter / kLanes) * static_cast<size_t>(pairs) * 2 * kLanes;
  __m256i sum = _mm256_setzero_si256();
  for (int32_t pair = 0; pair < pairs; ++pair, weights += 2 * kLanes) {
    const State* row = state + static_cast<size_t>(2 * pair) * static_cast<size_t>(s.filters) + filter;
    const State* next = 2 * pair + 1 < s.memory ? row + s.filters : row;
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(LoadPairs(row, next), LoadVector(weights)));
  }
  return sum;
}

template <typename State>
void RunOf(const SvdfShape& s, const SvdfParameters& p, const Packed& packed, const int8_t* input,
           State* state, int8_t* output) {
  const Scaling into(p.feature), out(p.output);
  const __m256i zero_point = _mm256_set1_epi32(p.output_zero_point);
  const size_t older = static_cast<size_t>(s.filters) * static_cast<size_t>(s.memory - 1);
  const int32_t rank = s.filters / s.units;
  for (int32_t n = 0; n < s.batch; ++n, input += s.inputs, output += s.units) {
    std::memmove(state, state + s.filters, older * sizeof(State));
    State* newest = state + older;
    int32_t filter = 0;
    for (; filter + 4 * kLanes <= s.filters; filter += 4 * kLanes) {
      RememberBlocks<4>(s, packed, into, p.state_zero_point, input, filter, newest);
    }
    for (; filter < s.filters; filter += kLanes) {
      RememberBlocks<1>(s, packed, into, p.state_zero_point, input, filter, newest);
    }
    for (int32_t unit = 0; unit < s.units; unit += kLanes) {
      __m256i sum = SumOverTime(s, packed, state, unit * rank);
      if (rank == 2) {
        const __m256i second = SumOverTime(s, packed, state, unit * rank + kLanes);
        sum = _mm256_permute4x64_epi64(_mm256_hadd_epi32(sum, second), 0xd8);
      }
      sum = out.Apply(_mm256_add_epi32(sum, LoadVector(packed.time_offset + unit)));
      const __m128i codes = _mm_packs_epi16(Narrow(_mm256_add_epi32(sum, zero_point)), _mm_setzero_si128());
      _mm_storel_epi64(reinterpret_cast<__m128i*>(output + unit), codes);
    }
    state = newest + s.filters;
  }
}

void Run(const SvdfShape& s, const SvdfParameters& p, const void* packed, const int8_t* input, void* state,
         int8_t* output) {
  const Packed parts = PartsOf(s, const_cast<void*>(packed));
  if (s.state_bytes == 1) return RunOf(s, p, parts, input, static_cast<int8_t*>(state), output);
  RunOf(s, p, parts, input, static_cast<int16_t*>(state), output);
}

}  // namespace

extern const SvdfKernel kSvdfAvx2;
const SvdfKernel kSvdfAvx2 = {"avx2", kCpuAvx2 | kCpuFma, PackedBytes, Pack, Run, CanTake};

}  // namespace weightfold
