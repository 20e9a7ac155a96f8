// The definition of the family: every other version equals this one bit for bit.
#include "base/requantize.h"
#include "kernels/multiply/multiply.h"

namespace weightfold {

int8_t MultiplyOne(const MultiplyParameters& p, int8_t a, int8_t b) {
  const int32_t product = (a - p.zero_point[0]) * (b - p.zero_point[1]);
  const int32_t scaled = MultiplyByQuantizedMultiplier(product, p.output_multiplier, p.output_shift);
  return static_cast<int8_t>(ClampInt(WrappingAdd(scaled, p.output_zero_point), p.min, p.max));
}

namespace {

void PackNothing(const MultiplyParameters&, void*) {}

void Run(const MultiplyParameters& p, const void*, const int8_t* a, int32_t step_a, const int8_t* b,
         int32_t step_b, int8_t* output, size_t count) {
  for (size_t i = 0; i < count; ++i, a += step_a, b += step_b) output[i] = MultiplyOne(p, *a, *b);
}

}  // namespace

extern const MultiplyKernel kMultiplyScalar;
const MultiplyKernel kMultiplyScalar = {"scalar", 0, 0, PackNothing, Run};

}  // namespace weightfold
