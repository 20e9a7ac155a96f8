// Padding with one code, 8-bit, up to four dimensions.
#pragma once
#include <cstddef>
#include <cstdint>

namespace weightfold {

struct PadShape {
  int32_t in[4], out[4], before[4];  // in + before ≤ out in each dimension
  uint8_t value;                     // as it is stored
  uint8_t flip;                      // XORed with what is copied (base/image.h)
};

// One row of the output, width × channels; `input` is the row that it holds, null where it lies before or
// behind them.
void PadRow(const PadShape& shape, const uint8_t* input, uint8_t* output);

}  // namespace weightfold
