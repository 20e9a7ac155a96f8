// Softmax over the last dimension, int16 in and out (output scale 2^-15), by tables with linear
// interpolation.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/requantize.h"

namespace weightfold {

constexpr int32_t kSoftmax16Entries = 513;

struct Softmax16Parameters {
  int32_t rows, depth;
  QuantizedScale input;  // differences of codes to steps of 10 / 65535
  // Multiples of 2^-15 over 513 points of an interval: exp(x) for x from −10 to 0, 1 / (1 + x) from 0 to 1
  // (src/lower/softmax-16.ts).
  const int16_t *exp, *reciprocal;
};

// TFLite's SoftmaxInt16. Rows [begin, end).
void Softmax16(const Softmax16Parameters& parameters, const int16_t* input, int16_t* output, int32_t begin,
               int32_t end);

}  // namespace weightfold
