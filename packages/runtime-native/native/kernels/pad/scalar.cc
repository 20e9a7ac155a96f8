#include <cstring>

#include "kernels/pad/pad.h"

namespace weightfold {

void Pad(const PadShape& s, const int8_t* input, int8_t* output) {
  const size_t row = static_cast<size_t>(s.in[3]), out_row = static_cast<size_t>(s.out[3]);
  for (int32_t n = 0; n < s.out[0]; ++n) {
    for (int32_t y = 0; y < s.out[1]; ++y) {
      for (int32_t x = 0; x < s.out[2]; ++x, output += out_row) {
        const int32_t in_n = n - s.before[0], in_y = y - s.before[1], in_x = x - s.before[2];
        const bool inside =
            in_n >= 0 && in_n < s.in[0] && in_y >= 0 && in_y < s.in[1] && in_x >= 0 && in_x < s.in[2];
        std::memset(output, s.value, out_row);
        if (!inside) continue;
        const size_t at = (static_cast<size_t>(in_n) * s.in[1] + in_y) * s.in[2] + in_x;
        std::memcpy(output + s.before[3], input + at * row, row);
      }
    }
  }
}

}  // namespace weightfold
