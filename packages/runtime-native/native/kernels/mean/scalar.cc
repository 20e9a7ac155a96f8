#include "base/requantize.h"
#include "kernels/mean/mean.h"

namespace weightfold {
namespace {

constexpr int32_t kLanes = 32;

void Run(const MeanShape& s, const ConstImage& input, uint8_t* output) {
  const int32_t positions = s.height * s.width;
  for (int32_t c = 0; c < s.channels; c += kLanes) {
    const int32_t lanes = MinInt(kLanes, s.channels - c);
    int32_t sums[kLanes] = {0};
    for (int32_t y = 0; y < s.height; ++y) {
      const uint8_t* x = input.pixels + y * input.row + c;
      for (int32_t i = 0; i < s.width; ++i, x += s.channels) {
        for (int32_t lane = 0; lane < lanes; ++lane) sums[lane] += SignedCode(x[lane], s.input_flip);
      }
    }
    for (int32_t lane = 0; lane < lanes; ++lane) {
      const int32_t sum = sums[lane] - positions * s.input_zero_point;
      const int32_t scaled = MultiplyByQuantizedMultiplier(sum, s.multiplier, s.shift);
      const int32_t mean = ClampInt(WrappingAdd(scaled, s.output_zero_point), INT8_MIN, INT8_MAX);
      *output++ = static_cast<uint8_t>(mean) ^ s.output_flip;
    }
  }
}

}  // namespace

extern const MeanKernel kMeanScalar;
const MeanKernel kMeanScalar = {"scalar", 0, Run};

}  // namespace weightfold
