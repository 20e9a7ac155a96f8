// Logarithm of the softmax over the last dimension, int8 in and out (output scale 1/16, zero point 127).
#pragma once
#include <cstddef>
#include <cstdint>

namespace weightfold {

struct LogSoftmaxShape {
  int32_t depth;
  // Input scale in the fixed point of the exponential: multiplier × 2^(left_shift − 31), and its reciprocal.
  int32_t multiplier, left_shift;
  int32_t reverse_multiplier, reverse_shift;
  int32_t min_difference;  // differences to the largest below this count as zero
};

// For every difference 0 to −255 to the largest code of a row: itself and its exponential, in fixed point.
struct LogSoftmaxTable {
  int32_t difference[256];   // 5 integer bits
  int32_t exponential[256];  // 12 integer bits; zero below min_difference
};

void MakeLogSoftmaxTable(const LogSoftmaxShape& shape, LogSoftmaxTable* table);

// TFLite's reference in gemmlowp's fixed point; rows [begin, end).
void LogSoftmax(const LogSoftmaxShape& shape, const LogSoftmaxTable& table, const int8_t* input,
                int8_t* output, int32_t begin, int32_t end);

}  // namespace weightfold
