// ADD_N and CUMSUM, int8: sums of codes of one quantization, shifted up so that rounding costs nothing
// visible.
#pragma once
#include <cstddef>
#include <cstdint>

namespace weightfold {

struct SumParameters {
  int32_t left_shift;
  int32_t zero_point, multiplier, shift;
  int32_t output_zero_point, output_multiplier, output_shift;
};

struct CumsumShape {
  int32_t size, inner;  // along the axis; elements behind it
  bool exclusive, reverse;
};

// TFLite Micro starts sums at code 0, whatever the zero point; so do we. Elements [begin, end).
void AddN(const SumParameters& parameters, int32_t inputs, const int8_t* const* input, int8_t* output,
          int32_t begin, int32_t end);

// Rows are the indices before the axis; [begin, end) of them.
void Cumsum(const SumParameters& parameters, const CumsumShape& shape, const int8_t* input, int8_t* output,
            int32_t begin, int32_t end);

}  // namespace weightfold
