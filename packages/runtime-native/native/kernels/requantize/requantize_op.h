// Element by element from one quantization to another, 8-bit codes: QUANTIZE, RELU and RELU6 as operators of
// their own.
#pragma once
#include <cstddef>
#include <cstdint>

namespace weightfold {

struct RequantizeParameters {
  int32_t input_zero_point, output_zero_point;  // as int8
  int32_t multiplier, shift;
  int32_t min, max;
  uint8_t input_flip, output_flip;  // base/image.h
};

// The 256 answers, by the byte that is stored.
void MakeRequantizeTable(const RequantizeParameters& parameters, uint8_t table[256]);
void ApplyTable(const uint8_t table[256], const uint8_t* input, uint8_t* output, size_t count);

}  // namespace weightfold
