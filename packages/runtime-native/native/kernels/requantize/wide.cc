#include "kernels/requantize/wide.h"

#include "base/requantize.h"

namespace weightfold {

template <typename In, typename Out>
void RequantizeWide(const RequantizeParameters& p, const In* input, Out* output, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const int32_t x = WrappingAdd(input[i], -p.input_zero_point);
    const int32_t scaled = MultiplyByQuantizedMultiplier(x, p.multiplier, p.shift);
    output[i] = static_cast<Out>(ClampInt(WrappingAdd(scaled, p.output_zero_point), p.min, p.max));
  }
}

#define FROM(In)                                                                          \
  template void RequantizeWide(const RequantizeParameters&, const In*, int8_t*, size_t);  \
  template void RequantizeWide(const RequantizeParameters&, const In*, uint8_t*, size_t); \
  template void RequantizeWide(const RequantizeParameters&, const In*, int16_t*, size_t); \
  template void RequantizeWide(const RequantizeParameters&, const In*, int32_t*, size_t);
FROM(int8_t)
FROM(uint8_t)
FROM(int16_t)
FROM(int32_t)
#undef FROM

}  // namespace weightfold
