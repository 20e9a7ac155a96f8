// The definition of the family: every other version equals this one bit for bit.
#include "kernels/fully_connected/fully_connected.h"

namespace weightfold {
namespace {

size_t NoPackedBytes(const FullyConnectedShape&, const FullyConnectedParameters&) { return 0; }
size_t NoScratchBytes(const FullyConnectedShape&) { return 0; }
void PackNothing(const FullyConnectedShape&, const FullyConnectedParameters&, void*) {}

void Run(const FullyConnectedShape& s, const FullyConnectedParameters& p, const void*, const uint8_t* input,
         uint8_t* output, int32_t begin, int32_t end, void*) {
  for (int32_t row = 0; row < s.rows; ++row, input += s.in, output += s.out) {
    for (int32_t oc = begin; oc < end; ++oc) {
      const int8_t* w = p.weights + static_cast<size_t>(oc) * s.in;
      int32_t sum = p.bias ? p.bias[oc] : 0;
      for (int32_t i = 0; i < s.in; ++i) {
        sum = WrappingAdd(
            sum, (SignedCode(input[i], p.input_flip) - p.input_zero_point) * (w[i] - p.weight_zero_point));
      }
      output[oc] = Requantize(sum, oc, p.output);
    }
  }
}

}  // namespace

extern const FullyConnectedKernel kFullyConnectedScalar;
const FullyConnectedKernel kFullyConnectedScalar = {"scalar",      0,           false,          1,
                                                    NoPackedBytes, PackNothing, NoScratchBytes, Run};

}  // namespace weightfold
