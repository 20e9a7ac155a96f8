// The definition of the family: every other version equals this one bit for bit.
#include "kernels/conv/conv.h"

namespace weightfold {
namespace {

size_t NoPackedBytes(const ConvShape&, const ConvParameters&) { return 0; }
size_t NoScratchBytes(const ConvShape&) { return 0; }
void PackNothing(const ConvShape&, const ConvParameters&, void*) {}

// `window` is the first pixel under the kernel.
int32_t Accumulate(const ConvShape& s, const ConvParameters& p, const uint8_t* window, size_t row,
                   int32_t oc) {
  const int32_t group_in = s.in_c / s.groups, group = oc / (s.out_c / s.groups);
  const int8_t* w = p.weights + static_cast<size_t>(oc) * s.kernel_h * s.kernel_w * group_in;
  int32_t sum = p.bias ? p.bias[oc] : 0;
  for (int32_t ky = 0; ky < s.kernel_h; ++ky) {
    for (int32_t kx = 0; kx < s.kernel_w; ++kx, w += group_in) {
      const uint8_t* x = window + static_cast<size_t>(ky) * s.dilation_h * row +
                         (static_cast<size_t>(kx) * s.dilation_w * s.groups + group) * group_in;
      for (int32_t c = 0; c < group_in; ++c) {
        sum = WrappingAdd(
            sum, (SignedCode(x[c], p.input_flip) - p.input_zero_point) * (w[c] - p.weight_zero_point));
      }
    }
  }
  return sum;
}

void Run(const ConvShape& s, const ConvParameters& p, const void*, const ConstImage& input,
         const Image& output, int32_t begin, int32_t end, void*) {
  for (int32_t oy = begin; oy < end; ++oy) {
    const uint8_t* line = input.pixels + static_cast<size_t>(oy) * s.stride_h * input.row;
    uint8_t* to = output.pixels + oy * output.row;
    for (int32_t ox = 0; ox < s.out_w; ++ox) {
      const uint8_t* window = line + static_cast<size_t>(ox) * s.stride_w * s.in_c;
      for (int32_t oc = 0; oc < s.out_c; ++oc) {
        *to++ = Requantize(Accumulate(s, p, window, input.row, oc), oc, p.output);
      }
    }
  }
}

}  // namespace

extern const ConvKernel kConvScalar;
const ConvKernel kConvScalar = {"scalar", 0, false, NoPackedBytes, PackNothing, NoScratchBytes, Run};

}  // namespace weightfold
