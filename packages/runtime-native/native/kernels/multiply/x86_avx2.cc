// Products in 32 bits, and the exact epilogue of convolutions. Where that trusts no estimate, the factor is
// so large that sums wrap around: then element by element.
#include "kernels/common/x86_avx2.h"
#include "base/cpu.h"
#include "kernels/multiply/multiply.h"

namespace weightfold {
namespace {

// One register of channels that are all the same.
struct Packed {
  Header header;
  ChannelBlock<8> block;
};

Requantization RequantizationOf(const MultiplyParameters& p) {
  return {Rounding::kDouble,    p.output_zero_point, p.min,   p.max,
          &p.output_multiplier, &p.output_shift,     nullptr, 0};
}

void Pack(const MultiplyParameters& p, void* packed) {
  Packed* to = static_cast<Packed*>(packed);
  to->header = Header();
  AccumulatorRange range(0, -128);
  range.Add(255);  // the largest difference of a code and a zero point, times one
  for (int i = 0; i < 8; ++i) {
    SetChannel(&to->block, i, 0, 0, range, RequantizationOf(p), &to->header);
  }
}

// An input without its zero point; where it has a step of 0, all elements are the first.
struct Input {
  const int8_t* codes;
  bool repeats;
  __m256i zero_point;

  WEIGHTFOLD_INLINE __m256i Load(size_t i) const {
    const __m128i eight =
        repeats ? _mm_set1_epi8(codes[0]) : _mm_loadl_epi64(reinterpret_cast<const __m128i*>(codes + i));
    return _mm256_sub_epi32(_mm256_cvtepi8_epi32(eight), zero_point);
  }
};

void Run(const MultiplyParameters& p, const void* packed, const int8_t* a, int32_t step_a, const int8_t* b,
         int32_t step_b, int8_t* output, size_t count) {
  const Packed& own = *static_cast<const Packed*>(packed);
  if (own.header.error == kNeverTrust) {
    for (size_t i = 0; i < count; ++i, a += step_a, b += step_b) output[i] = MultiplyOne(p, *a, *b);
    return;
  }
  const Requantization requantization = RequantizationOf(p);
  const OutputStage stage(requantization, own.header);
  const Input x = {a, step_a == 0, _mm256_set1_epi32(p.zero_point[0])};
  const Input y = {b, step_b == 0, _mm256_set1_epi32(p.zero_point[1])};
  for (size_t i = 0; i < count; i += 32) {
    __m256i products[4];
#pragma GCC unroll 4
    for (int v = 0; v < 4; ++v) products[v] = _mm256_mullo_epi32(x.Load(i + 8 * v), y.Load(i + 8 * v));
    const __m256i codes = RegistersInOrder(CodesOf<1>(products, own.block, stage, requantization));
    uint8_t* to = reinterpret_cast<uint8_t*>(output + i);
    StoreFirst(to, _mm256_castsi256_si128(codes), AtMost16(count - i));
    if (count - i > 16) StoreFirst(to + 16, _mm256_extracti128_si256(codes, 1), AtMost16(count - i - 16));
  }
}

}  // namespace

extern const MultiplyKernel kMultiplyAvx2;
const MultiplyKernel kMultiplyAvx2 = {"avx2", kCpuAvx2 | kCpuFma, sizeof(Packed), Pack, Run};

}  // namespace weightfold
