// 64 channels at a time.
#include "kernels/common/x86_avx512vnni.h"

#include "base/cpu.h"
#include "kernels/mean/mean.h"

namespace weightfold {
namespace {

void Run(const MeanShape& s, const ConstImage& input, uint8_t* output) {
  const __m512i flip = _mm512_set1_epi8(static_cast<int8_t>(s.input_flip ^ kUnsignedFlip));
  const __m512i zero = _mm512_set1_epi32(s.height * s.width * (s.input_zero_point + 128));
  const __m512i least = _mm512_set1_epi32(INT8_MIN), most = _mm512_set1_epi32(INT8_MAX);
  for (int32_t c = 0; c < s.channels; c += 64) {
    __m512i sums[4];
    for (__m512i& sum : sums) sum = _mm512_setzero_si512();
    for (int32_t y = 0; y < s.height; ++y) {
      const uint8_t* x = input.pixels + y * input.row + c;
      for (int32_t i = 0; i < s.width; ++i, x += s.channels)
        AddCodes(_mm512_xor_si512(_mm512_loadu_si512(x), flip), sums);
    }
    for (int32_t v = 0; v < 4 && c + 16 * v < s.channels; ++v) {
      const __m512i sum = _mm512_sub_epi32(sums[v], zero);
      const __m512i scaled = DoubleRounding(sum, _mm512_set1_epi32(s.multiplier), _mm512_set1_epi32(s.shift));
      const __m512i mean = _mm512_add_epi32(scaled, _mm512_set1_epi32(s.output_zero_point));
      const __m128i codes = _mm512_cvtepi32_epi8(_mm512_min_epi32(_mm512_max_epi32(mean, least), most));
      const __m128i stored = _mm_xor_si128(codes, _mm_set1_epi8(static_cast<int8_t>(s.output_flip)));
      const __mmask16 mask = static_cast<__mmask16>(FirstBytes(static_cast<size_t>(s.channels - c - 16 * v)));
      _mm_mask_storeu_epi8(output + c + 16 * v, mask, stored);
    }
  }
}

}  // namespace

extern const MeanKernel kMeanAvx512Vnni;
const MeanKernel kMeanAvx512Vnni = {"avx512_vnni", kCpuAvx512 | kCpuAvx512Vnni, Run};

}  // namespace weightfold
