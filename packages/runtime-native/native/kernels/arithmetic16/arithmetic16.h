// Element-wise sum and product of int16 codes, symmetric, with broadcasting over up to four dimensions.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/requantize.h"

namespace weightfold {

struct Broadcast16 {
  int32_t out[4];
  int32_t stride[2][4];  // elements to step in each input per step of the output; 0 where it is broadcast
};

struct Add16Parameters {
  int32_t left_shift;  // 15: both inputs are scaled up before they meet
  QuantizedScale input[2], output;
  int32_t min, max;
};

struct Mul16Parameters {
  QuantizedScale output;
  int32_t min, max;
};

void Add16(const Add16Parameters& parameters, const Broadcast16& shape, const int16_t* a, const int16_t* b,
           int16_t* output);
void Mul16(const Mul16Parameters& parameters, const Broadcast16& shape, const int16_t* a, const int16_t* b,
           int16_t* output);

}  // namespace weightfold
