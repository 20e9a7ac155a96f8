// The definition of the family: every other version equals this one bit for bit.
#include "base/image.h"
#include "base/requantize.h"
#include "kernels/add/add.h"

namespace weightfold {

uint8_t AddOne(const AddParameters& p, uint8_t a, uint8_t b) {
  const int32_t wide_a = (SignedCode(a, p.flip[0]) - p.zero_point[0]) * (1 << p.left_shift);
  const int32_t wide_b = (SignedCode(b, p.flip[1]) - p.zero_point[1]) * (1 << p.left_shift);
  const int32_t sum = WrappingAdd(MultiplyByQuantizedMultiplier(wide_a, p.multiplier[0], p.shift[0]),
                                  MultiplyByQuantizedMultiplier(wide_b, p.multiplier[1], p.shift[1]));
  const int32_t scaled = MultiplyByQuantizedMultiplier(sum, p.output_multiplier, p.output_shift);
  const int32_t code = ClampInt(WrappingAdd(scaled, p.output_zero_point), p.min, p.max);
  return static_cast<uint8_t>(code) ^ p.output_flip;
}

void AddBroadcast(const AddParameters& p, const AddShape& s, const uint8_t* a, const uint8_t* b,
                  uint8_t* output) {
  for (int32_t i = 0; i < s.out[0]; ++i) {
    for (int32_t j = 0; j < s.out[1]; ++j) {
      for (int32_t k = 0; k < s.out[2]; ++k) {
        const uint8_t* row[2] = {a, b};
        for (int input = 0; input < 2; ++input) {
          const int32_t* stride = s.stride[input];
          row[input] += static_cast<ptrdiff_t>(i) * stride[0] + static_cast<ptrdiff_t>(j) * stride[1] +
                        static_cast<ptrdiff_t>(k) * stride[2];
        }
        for (int32_t c = 0; c < s.out[3]; ++c) {
          *output++ = AddOne(p, row[0][static_cast<ptrdiff_t>(c) * s.stride[0][3]],
                             row[1][static_cast<ptrdiff_t>(c) * s.stride[1][3]]);
        }
      }
    }
  }
}

namespace {
void PackNothing(const AddParameters&, void*) {}

void Run(const AddParameters& p, const void*, const uint8_t* a, const uint8_t* b, uint8_t* output,
         size_t count) {
  for (size_t i = 0; i < count; ++i) output[i] = AddOne(p, a[i], b[i]);
}
}  // namespace

extern const AddKernel kAddScalar;
const AddKernel kAddScalar = {"scalar", 0, 0, PackNothing, Run};

}  // namespace weightfold
