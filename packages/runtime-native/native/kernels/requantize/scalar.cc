#include "base/image.h"
#include "base/requantize.h"
#include "kernels/requantize/requantize_op.h"

namespace weightfold {

void MakeRequantizeTable(const RequantizeParameters& p, uint8_t table[256]) {
  for (int32_t stored = 0; stored < 256; ++stored) {
    const int32_t code = SignedCode(static_cast<uint8_t>(stored), p.input_flip);
    const int32_t scaled = MultiplyByQuantizedMultiplier(code - p.input_zero_point, p.multiplier, p.shift);
    const int32_t answer = ClampInt(WrappingAdd(scaled, p.output_zero_point), p.min, p.max);
    table[stored] = static_cast<uint8_t>(answer) ^ p.output_flip;
  }
}

void ApplyTable(const uint8_t table[256], const uint8_t* input, uint8_t* output, size_t count) {
  for (size_t i = 0; i < count; ++i) output[i] = table[input[i]];
}

}  // namespace weightfold
