#include "kernels/resize_bilinear/resize_bilinear.h"

namespace weightfold {
namespace {

constexpr int32_t kOne = 1 << 10;

struct Corners {
  const int8_t *top_left, *top_right, *bottom_left, *bottom_right;
};

void Interpolate(const Corners& x, int32_t down, int32_t right, int32_t channels, int8_t* output) {
  for (int32_t c = 0; c < channels; ++c) {
    const int64_t top = x.top_left[c] * (kOne - right) + x.top_right[c] * right;
    const int64_t bottom = x.bottom_left[c] * (kOne - right) + x.bottom_right[c] * right;
    const int64_t sum = top * (kOne - down) + bottom * down, half = kOne * kOne / 2;
    output[c] = static_cast<int8_t>((sum + (sum > 0 ? half : -half)) / (kOne * kOne));
  }
}

}  // namespace

void ResizeBilinear(const ResizeBilinearShape& s, const int8_t* input, int8_t* output, int32_t begin,
                    int32_t end) {
  const size_t row_bytes = static_cast<size_t>(s.in_w) * s.channels;
  for (int32_t row = begin; row < end; ++row) {
    const ResizeSample& y = s.rows[row % s.out_h];
    const int8_t* image = input + static_cast<size_t>(row / s.out_h) * s.in_h * row_bytes;
    const int8_t *top = image + y.first * row_bytes, *bottom = image + y.second * row_bytes;
    int8_t* to = output + static_cast<size_t>(row) * s.out_w * s.channels;
    for (int32_t i = 0; i < s.out_w; ++i, to += s.channels) {
      const ResizeSample& x = s.columns[i];
      const size_t left = static_cast<size_t>(x.first) * s.channels,
                   right = static_cast<size_t>(x.second) * s.channels;
      Interpolate({top + left, top + right, bottom + left, bottom + right}, y.fraction, x.fraction,
                  s.channels, to);
    }
  }
}

}  // namespace weightfold
