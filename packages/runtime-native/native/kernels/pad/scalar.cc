#include <cstring>

#include "kernels/pad/pad.h"

namespace weightfold {
namespace {

void Copy(uint8_t* to, const uint8_t* from, size_t bytes, uint8_t flip) {
  for (size_t i = 0; i < bytes; ++i) to[i] = from[i] ^ flip;
}

}  // namespace

void PadRow(const PadShape& s, const uint8_t* input, uint8_t* output) {
  const size_t pixel = static_cast<size_t>(s.in[3]), out_pixel = static_cast<size_t>(s.out[3]);
  if (input == nullptr || pixel != out_pixel) std::memset(output, s.value, s.out[2] * out_pixel);
  if (input == nullptr) return;
  uint8_t* to = output + s.before[2] * out_pixel + s.before[3];
  if (pixel != out_pixel) {
    for (int32_t x = 0; x < s.in[2]; ++x, to += out_pixel, input += pixel) Copy(to, input, pixel, s.flip);
    return;
  }
  std::memset(output, s.value, s.before[2] * pixel);
  Copy(to, input, s.in[2] * pixel, s.flip);
  std::memset(to + s.in[2] * pixel, s.value, (s.out[2] - s.before[2] - s.in[2]) * pixel);
}

}  // namespace weightfold
