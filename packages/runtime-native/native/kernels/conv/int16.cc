#include "kernels/conv/int16.h"

namespace weightfold {
namespace {

int32_t Add(int32_t sum, int32_t product) { return WrappingAdd(sum, product); }
int64_t Add(int64_t sum, int32_t product) { return sum + product; }

template <typename Sum>
Sum Accumulate(const Conv16Shape& s, const Conv16Parameters& p, const int16_t* image, int32_t oy, int32_t ox,
               int32_t oc) {
  const int32_t group_in = s.in_c / s.groups, group = oc / (s.out_c / s.groups);
  const int8_t* w = p.weights + static_cast<size_t>(oc) * s.kernel_h * s.kernel_w * group_in;
  Sum sum = p.bias ? static_cast<const Sum*>(p.bias)[oc] : 0;
  for (int32_t ky = 0; ky < s.kernel_h; ++ky) {
    const int32_t iy = oy * s.stride_h - s.pad_top + ky * s.dilation_h;
    for (int32_t kx = 0; kx < s.kernel_w; ++kx, w += group_in) {
      const int32_t ix = ox * s.stride_w - s.pad_left + kx * s.dilation_w;
      if (iy < 0 || iy >= s.in_h || ix < 0 || ix >= s.in_w) continue;
      const int16_t* x =
          image + (static_cast<size_t>(iy) * s.in_w + ix) * s.in_c + static_cast<size_t>(group) * group_in;
      for (int32_t c = 0; c < group_in; ++c) sum = Add(sum, x[c] * (w[c] - p.weight_zero_point));
    }
  }
  return sum;
}

}  // namespace

template <typename Sum>
void Conv16(const Conv16Shape& s, const Conv16Parameters& p, const int16_t* input, int16_t* output,
            int32_t begin, int32_t end) {
  const size_t image = static_cast<size_t>(s.in_h) * s.in_w * s.in_c;
  int16_t* to = output + static_cast<size_t>(begin) * s.out_w * s.out_c;
  for (int32_t row = begin; row < end; ++row) {
    const int16_t* from = input + row / s.out_h * image;
    for (int32_t ox = 0; ox < s.out_w; ++ox) {
      for (int32_t oc = 0; oc < s.out_c; ++oc) {
        const Sum sum = Accumulate<Sum>(s, p, from, row % s.out_h, ox, oc);
        const int32_t code = Scale(sum, {p.multiplier[oc], p.shift[oc]});
        *to++ = static_cast<int16_t>(ClampInt(code, p.min, p.max));
      }
    }
  }
}

template void Conv16<int32_t>(const Conv16Shape&, const Conv16Parameters&, const int16_t*, int16_t*, int32_t,
                              int32_t);
template void Conv16<int64_t>(const Conv16Shape&, const Conv16Parameters&, const int16_t*, int16_t*, int32_t,
                              int32_t);

}  // namespace weightfold
