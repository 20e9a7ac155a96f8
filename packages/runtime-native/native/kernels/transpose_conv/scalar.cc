#include "kernels/transpose_conv/transpose_conv.h"

namespace weightfold {
namespace {

// The taps that reach one output index along an axis: `first`, `first` + stride and so on. Tap t reads input
// (index + pad − t) / stride.
struct Taps {
  int32_t first, count, input;  // `input` of the first tap; each further one reads the input before

  Taps(int32_t index, int32_t pad, int32_t kernel, int32_t stride, int32_t size) {
    const int32_t position = index + pad;
    first = position % stride;
    input = position / stride;
    if (input >= size) {
      first += (input - size + 1) * stride;
      input = size - 1;
    }
    count = first < kernel ? MinInt((kernel - 1 - first) / stride + 1, input + 1) : 0;
  }
};

int32_t Accumulate(const TransposeConvShape& s, const TransposeConvParameters& p, const Taps& rows,
                   const Taps& columns, const int8_t* image, const int8_t* weights) {
  uint32_t sum = 0;
  for (int32_t i = 0; i < rows.count; ++i) {
    for (int32_t j = 0; j < columns.count; ++j) {
      const size_t at = static_cast<size_t>(rows.input - i) * s.in_w + (columns.input - j);
      const int32_t tap_y = rows.first + i * s.stride_h, tap_x = columns.first + j * s.stride_w;
      const int8_t* x = image + at * s.in_channels;
      const int8_t* w = weights + (static_cast<size_t>(tap_y) * s.kernel_w + tap_x) * s.in_channels;
      for (int32_t c = 0; c < s.in_channels; ++c) {
        sum += static_cast<uint32_t>((x[c] - p.input_zero_point) * w[c]);
      }
    }
  }
  return static_cast<int32_t>(sum);
}

}  // namespace

void TransposeConv(const TransposeConvShape& s, const TransposeConvParameters& p, const int8_t* input,
                   int8_t* output, int32_t begin, int32_t end) {
  const size_t filter = static_cast<size_t>(s.kernel_h) * s.kernel_w * s.in_channels;
  for (int32_t row = begin; row < end; ++row) {
    const int8_t* image = input + static_cast<size_t>(row / s.out_h) * s.in_h * s.in_w * s.in_channels;
    const Taps rows(row % s.out_h, s.pad_top, s.kernel_h, s.stride_h, s.in_h);
    int8_t* to = output + static_cast<size_t>(row) * s.out_w * s.out_channels;
    for (int32_t x = 0; x < s.out_w; ++x) {
      const Taps columns(x, s.pad_left, s.kernel_w, s.stride_w, s.in_w);
      for (int32_t c = 0; c < s.out_channels; ++c) {
        const int32_t sum =
            Accumulate(s, p, rows, columns, image, p.weights + filter * static_cast<size_t>(c));
        const int32_t biased = WrappingAdd(sum, p.bias ? p.bias[c] : 0);
        *to++ = static_cast<int8_t>(Requantize(biased, c, p.requantization));
      }
    }
  }
}

}  // namespace weightfold
