// Padding with one code, 8-bit, up to four dimensions.
#pragma once
#include <cstddef>
#include <cstdint>

namespace weightfold {

struct PadShape {
  int32_t in[4], out[4], before[4];  // in + before ≤ out in each dimension
  int8_t value;
};

void Pad(const PadShape& shape, const int8_t* input, int8_t* output);

}  // namespace weightfold
