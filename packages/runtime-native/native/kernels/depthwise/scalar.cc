// The definition of the family: every other version equals this one bit for bit.
#include "kernels/depthwise/depthwise.h"

namespace weightfold {
namespace {

size_t NoBytes(const DepthwiseShape&) { return 0; }
void PackNothing(const DepthwiseShape&, const DepthwiseParameters&, void*) {}

int32_t Accumulate(const DepthwiseShape& s, const DepthwiseParameters& p, const int8_t* image, int32_t oy,
                   int32_t ox, int32_t c) {
  int32_t sum = p.bias ? p.bias[c] : 0;
  for (int32_t ky = 0; ky < s.kernel_h; ++ky) {
    const int32_t iy = oy * s.stride_h - s.pad_top + ky * s.dilation_h;
    if (iy < 0 || iy >= s.in_h) continue;
    for (int32_t kx = 0; kx < s.kernel_w; ++kx) {
      const int32_t ix = ox * s.stride_w - s.pad_left + kx * s.dilation_w;
      if (ix < 0 || ix >= s.in_w) continue;
      const int32_t x = image[(static_cast<size_t>(iy) * s.in_w + ix) * s.channels + c] - p.input_zero_point;
      sum = WrappingAdd(sum, x * p.weights[(static_cast<size_t>(ky) * s.kernel_w + kx) * s.channels + c]);
    }
  }
  return sum;
}

void Run(const DepthwiseShape& s, const DepthwiseParameters& p, const void*, const int8_t* input,
         int8_t* output, void*) {
  for (int32_t n = 0; n < s.batch; ++n, input += static_cast<size_t>(s.in_h) * s.in_w * s.channels) {
    for (int32_t oy = 0; oy < s.out_h; ++oy) {
      for (int32_t ox = 0; ox < s.out_w; ++ox) {
        for (int32_t c = 0; c < s.channels; ++c) {
          *output++ = Requantize(Accumulate(s, p, input, oy, ox, c), c, p.output);
        }
      }
    }
  }
}

}  // namespace

extern const DepthwiseKernel kDepthwiseScalar;
const DepthwiseKernel kDepthwiseScalar = {"scalar", 0, NoBytes, PackNothing, NoBytes, Run};

}  // namespace weightfold
