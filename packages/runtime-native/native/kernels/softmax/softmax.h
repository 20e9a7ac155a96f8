// Softmax over the last dimension, int8 in and out (output scale 1/256, zero point −128), or int16 out.
#pragma once
#include <cstddef>
#include <cstdint>

namespace weightfold {

struct SoftmaxShape {
  int32_t rows, depth;
  // beta × input scale in the fixed point of the exponential: multiplier × 2^(left_shift − 31).
  int32_t multiplier, left_shift;
  int32_t min_difference;  // differences to the largest below this count as zero
};

// exp() of every difference 0 to −255, Q0.31; zero below min_difference.
void MakeSoftmaxTable(const SoftmaxShape& shape, int32_t table[256]);

// TFLite's reference in gemmlowp's fixed point. An int16 output has the scale 2^-16 and the zero point
// −32768.
void Softmax(const SoftmaxShape& shape, const int32_t table[256], const int8_t* input, int8_t* output);
void Softmax(const SoftmaxShape& shape, const int32_t table[256], const int8_t* input, int16_t* output);

}  // namespace weightfold
