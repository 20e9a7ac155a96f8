#include "base/requantize.h"
#include "kernels/mean/mean.h"

namespace weightfold {
namespace {

constexpr int32_t kLanes = 32;

// The largest shift that keeps (multiplier << shift) / positions in 32 bits and the total shift in range, as
// tflite/kernels/internal/reference/integer_ops/mean.h does.
void FoldDivision(const MeanShape& s, int32_t* multiplier, int32_t* shift) {
  int32_t extra = 63 - __builtin_clzll(static_cast<uint64_t>(s.positions));
  extra = MinInt(extra, MinInt(32, 31 + s.shift));
  *multiplier = static_cast<int32_t>((static_cast<int64_t>(s.multiplier) << extra) / s.positions);
  *shift = s.shift - extra;
}

}  // namespace

void MeanSpatial(const MeanShape& s, const int8_t* input, int8_t* output) {
  int32_t multiplier, shift;
  FoldDivision(s, &multiplier, &shift);
  for (int32_t n = 0; n < s.batch; ++n, input += static_cast<size_t>(s.positions) * s.channels) {
    for (int32_t c = 0; c < s.channels; c += kLanes) {
      const int32_t lanes = MinInt(kLanes, s.channels - c);
      int32_t sums[kLanes] = {0};
      for (int32_t i = 0; i < s.positions; ++i) {
        const int8_t* x = input + static_cast<size_t>(i) * s.channels + c;
        for (int32_t lane = 0; lane < lanes; ++lane) sums[lane] += x[lane];
      }
      for (int32_t lane = 0; lane < lanes; ++lane) {
        const int32_t sum = sums[lane] - s.positions * s.input_zero_point;
        const int32_t scaled = MultiplyByQuantizedMultiplier(sum, multiplier, shift);
        const int32_t mean = WrappingAdd(scaled, s.output_zero_point);
        *output++ = static_cast<int8_t>(ClampInt(mean, INT8_MIN, INT8_MAX));
      }
    }
  }
}

}  // namespace weightfold
