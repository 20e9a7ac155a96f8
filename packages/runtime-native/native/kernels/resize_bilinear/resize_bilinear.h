// Bilinear resizing of int8 images, NHWC, in integers with 10 fractional bits.
#pragma once
#include <cstddef>
#include <cstdint>

namespace weightfold {

// Between which two input rows or columns an output row or column lies, and how far from the first, in
// 1/1024.
struct ResizeSample {
  int32_t first, second, fraction;
};

struct ResizeBilinearShape {
  int32_t in_h, in_w, out_h, out_w, channels;
  const ResizeSample* rows;     // out_h
  const ResizeSample* columns;  // out_w
};

// TFLite's ResizeBilinearInteger: one division at the end, half away from zero. Rows are output rows over all
// images; [begin, end) of them.
void ResizeBilinear(const ResizeBilinearShape& shape, const int8_t* input, int8_t* output, int32_t begin,
                    int32_t end);

}  // namespace weightfold
