// The definition of the family: every other version equals this one bit for bit.
#include "kernels/conv/conv.h"

namespace weightfold {
namespace {

size_t NoBytes(const ConvShape&) { return 0; }
void PackNothing(const ConvShape&, const ConvParameters&, void*) {}

int32_t Accumulate(const ConvShape& s, const ConvParameters& p, const int8_t* image, int32_t oy, int32_t ox,
                   int32_t oc) {
  const int32_t group_in = s.in_c / s.groups, group = oc / (s.out_c / s.groups);
  const int8_t* weights = p.weights + static_cast<size_t>(oc) * s.kernel_h * s.kernel_w * group_in;
  int32_t sum = p.bias ? p.bias[oc] : 0;
  for (int32_t ky = 0; ky < s.kernel_h; ++ky) {
    const int32_t iy = oy * s.stride_h - s.pad_top + ky * s.dilation_h;
    if (iy < 0 || iy >= s.in_h) continue;
    for (int32_t kx = 0; kx < s.kernel_w; ++kx) {
      const int32_t ix = ox * s.stride_w - s.pad_left + kx * s.dilation_w;
      if (ix < 0 || ix >= s.in_w) continue;
      const int8_t* x =
          image + (static_cast<size_t>(iy) * s.in_w + ix) * s.in_c + static_cast<size_t>(group) * group_in;
      const int8_t* w = weights + (static_cast<size_t>(ky) * s.kernel_w + kx) * group_in;
      for (int32_t c = 0; c < group_in; ++c) sum = WrappingAdd(sum, (x[c] - p.input_zero_point) * w[c]);
    }
  }
  return sum;
}

void Run(const ConvShape& s, const ConvParameters& p, const void*, const int8_t* input, int8_t* output,
         void*) {
  for (int32_t n = 0; n < s.batch; ++n, input += static_cast<size_t>(s.in_h) * s.in_w * s.in_c) {
    for (int32_t oy = 0; oy < s.out_h; ++oy) {
      for (int32_t ox = 0; ox < s.out_w; ++ox) {
        for (int32_t oc = 0; oc < s.out_c; ++oc) {
          *output++ = Requantize(Accumulate(s, p, input, oy, ox, oc), oc, p.output);
        }
      }
    }
  }
}

}  // namespace

extern const ConvKernel kConvScalar;
const ConvKernel kConvScalar = {"scalar", 0, NoBytes, PackNothing, NoBytes, Run};

}  // namespace weightfold
