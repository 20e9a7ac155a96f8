// Element by element from one quantization to another, int8: QUANTIZE, RELU and RELU6 as operators of their
// own.
#pragma once
#include <cstddef>
#include <cstdint>

namespace weightfold {

struct RequantizeParameters {
  int32_t input_zero_point, output_zero_point;
  int32_t multiplier, shift;
  int32_t min, max;
};

// The 256 answers, one for each input code at index code + 128.
void MakeRequantizeTable(const RequantizeParameters& parameters, int8_t table[256]);
void ApplyTable(const int8_t table[256], const int8_t* input, int8_t* output, size_t count);

}  // namespace weightfold
