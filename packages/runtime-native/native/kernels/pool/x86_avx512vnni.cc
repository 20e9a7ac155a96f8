// 64 channels at a time. Averages are divided in binary64, which is exact: sums and counts have at most 31
// bits, so a quotient that is no integer is further from one than rounding can bridge.
#include "kernels/common/x86_avx512vnni.h"

#include "base/cpu.h"
#include "kernels/pool/window.h"

namespace weightfold {
namespace {

// Calls reduce(64 codes as uint8) for every pixel of a window.
template <typename Reduce>
WEIGHTFOLD_INLINE void OverWindow(const PoolShape& s, const Window& w, const ConstImage& image,
                                  size_t channel, Reduce reduce) {
  const __m512i flip = _mm512_set1_epi8(static_cast<int8_t>(s.input_flip ^ kUnsignedFlip));
  for (int32_t y = w.y0; y < w.y1; ++y) {
    const uint8_t* x = image.pixels + y * image.row + static_cast<size_t>(w.x0) * s.channels + channel;
    for (int32_t i = w.x0; i < w.x1; ++i, x += s.channels) {
      reduce(_mm512_xor_si512(_mm512_loadu_si512(x), flip));
    }
  }
}

// Rounded half away from zero, clamped, as int32.
__m512i Divide(__m512i sum, int32_t count, const PoolShape& s) {
  const __m512i half = _mm512_set1_epi32(count / 2);
  const __mmask16 positive = _mm512_cmpgt_epi32_mask(sum, _mm512_setzero_si512());
  sum = _mm512_mask_blend_epi32(positive, _mm512_sub_epi32(sum, half), _mm512_add_epi32(sum, half));
  const __m512d divisor = _mm512_set1_pd(count);
  const __m512d low = _mm512_cvtepi32_pd(_mm512_castsi512_si256(sum));
  const __m512d high = _mm512_cvtepi32_pd(_mm512_extracti64x4_epi64(sum, 1));
  const __m256i quotient_low = _mm512_cvttpd_epi32(_mm512_div_pd(low, divisor));
  const __m256i quotient_high = _mm512_cvttpd_epi32(_mm512_div_pd(high, divisor));
  const __m512i quotient = _mm512_inserti64x4(_mm512_castsi256_si512(quotient_low), quotient_high, 1);
  return _mm512_min_epi32(_mm512_max_epi32(quotient, _mm512_set1_epi32(s.min)), _mm512_set1_epi32(s.max));
}

__m512i AverageWindow(const PoolShape& s, const Window& w, const ConstImage& image, size_t channel) {
  __m512i sums[4];
  for (__m512i& sum : sums) sum = _mm512_setzero_si512();
  OverWindow(s, w, image, channel, [&](__m512i x) __attribute__((always_inline)) { AddCodes(x, sums); });
  // A window outside the image has no average; a count of one keeps it at code 0.
  const int32_t count = MaxInt(w.count(), 1);
  const __m512i zero = _mm512_set1_epi32(128 * w.count());
  __m512i codes = _mm512_setzero_si512();
  for (int v = 3; v >= 0; --v) {
    const __m128i part = _mm512_cvtepi32_epi8(Divide(_mm512_sub_epi32(sums[v], zero), count, s));
    codes = _mm512_inserti32x4(_mm512_shuffle_i32x4(codes, codes, 0x90), part, 0);
  }
  return _mm512_xor_si512(codes, _mm512_set1_epi8(static_cast<int8_t>(s.output_flip)));
}

__m512i MaxWindow(const PoolShape& s, const Window& w, const ConstImage& image, size_t channel) {
  __m512i best = _mm512_setzero_si512();
  OverWindow(s, w, image, channel,
             [&](__m512i x) __attribute__((always_inline)) { best = _mm512_max_epu8(best, x); });
  best = _mm512_max_epu8(best, _mm512_set1_epi8(static_cast<int8_t>(s.min + 128)));
  best = _mm512_min_epu8(best, _mm512_set1_epi8(static_cast<int8_t>(s.max + 128)));
  return _mm512_xor_si512(best, _mm512_set1_epi8(static_cast<int8_t>(s.output_flip ^ kUnsignedFlip)));
}

template <__m512i (*kReduce)(const PoolShape&, const Window&, const ConstImage&, size_t)>
void Pool(const PoolShape& s, const ConstImage& input, const Image& output, int32_t begin, int32_t end) {
  for (int32_t oy = begin; oy < end; ++oy) {
    uint8_t* to = output.pixels + oy * output.row;
    for (int32_t ox = 0; ox < s.out_w; ++ox, to += s.channels) {
      const Window window = ClipWindow(s, oy, ox);
      for (int32_t c = 0; c < s.channels; c += 64) {
        const __mmask64 mask = FirstBytes(static_cast<size_t>(s.channels - c));
        _mm512_mask_storeu_epi8(to + c, mask, kReduce(s, window, input, static_cast<size_t>(c)));
      }
    }
  }
}

}  // namespace

extern const PoolKernel kPoolAvx512Vnni;
const PoolKernel kPoolAvx512Vnni = {"avx512_vnni", kCpuAvx512 | kCpuAvx512Vnni, Pool<AverageWindow>,
                                    Pool<MaxWindow>};

}  // namespace weightfold
