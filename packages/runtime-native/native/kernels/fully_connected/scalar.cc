// The definition of the family: every other version equals this one bit for bit.
#include "kernels/fully_connected/fully_connected.h"

namespace weightfold {
namespace {

size_t NoBytes(const FullyConnectedShape&) { return 0; }
void PackNothing(const FullyConnectedShape&, const FullyConnectedParameters&, void*) {}

void Run(const FullyConnectedShape& s, const FullyConnectedParameters& p, const void*, const int8_t* input,
         int8_t* output, void*) {
  for (int32_t row = 0; row < s.rows; ++row, input += s.in) {
    const int8_t* w = p.weights;
    for (int32_t oc = 0; oc < s.out; ++oc, w += s.in) {
      int32_t sum = p.bias ? p.bias[oc] : 0;
      for (int32_t i = 0; i < s.in; ++i) sum = WrappingAdd(sum, (input[i] - p.input_zero_point) * w[i]);
      *output++ = Requantize(sum, oc, p.output);
    }
  }
}

}  // namespace

extern const FullyConnectedKernel kFullyConnectedScalar;
const FullyConnectedKernel kFullyConnectedScalar = {"scalar", 0, NoBytes, PackNothing, NoBytes, Run};

}  // namespace weightfold
