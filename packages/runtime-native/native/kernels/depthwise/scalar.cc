// The definition of the family: every other version equals this one bit for bit.
#include "kernels/depthwise/depthwise.h"

namespace weightfold {
namespace {

size_t NoPackedBytes(const DepthwiseShape&, const DepthwiseParameters&) { return 0; }
size_t NoScratchBytes(const DepthwiseShape&) { return 0; }
void PackNothing(const DepthwiseShape&, const DepthwiseParameters&, void*) {}

// `window` is the first pixel under the kernel.
int32_t Accumulate(const DepthwiseShape& s, const DepthwiseParameters& p, const uint8_t* window, size_t row,
                   int32_t c) {
  const int8_t* w = p.weights + c;
  int32_t sum = p.bias ? p.bias[c] : 0;
  for (int32_t ky = 0; ky < s.kernel_h; ++ky) {
    for (int32_t kx = 0; kx < s.kernel_w; ++kx, w += s.channels) {
      const uint8_t stored = window[static_cast<size_t>(ky) * s.dilation_h * row +
                                    static_cast<size_t>(kx) * s.dilation_w * s.channels + c];
      sum = WrappingAdd(sum,
                        (SignedCode(stored, p.input_flip) - p.input_zero_point) * (*w - p.weight_zero_point));
    }
  }
  return sum;
}

void Run(const DepthwiseShape& s, const DepthwiseParameters& p, const void*, const ConstImage& input,
         const Image& output, int32_t begin, int32_t end, void*) {
  for (int32_t oy = begin; oy < end; ++oy) {
    const uint8_t* line = input.pixels + static_cast<size_t>(oy) * s.stride_h * input.row;
    uint8_t* to = output.pixels + oy * output.row;
    for (int32_t ox = 0; ox < s.out_w; ++ox) {
      const uint8_t* window = line + static_cast<size_t>(ox) * s.stride_w * s.channels;
      for (int32_t c = 0; c < s.channels; ++c) {
        *to++ = Requantize(Accumulate(s, p, window, input.row, c), c, p.output);
      }
    }
  }
}

}  // namespace

extern const DepthwiseKernel kDepthwiseScalar;
const DepthwiseKernel kDepthwiseScalar = {"scalar",       0,  false, NoPackedBytes, PackNothing,
                                          NoScratchBytes, Run};

}  // namespace weightfold
