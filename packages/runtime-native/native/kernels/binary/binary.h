// Functions of two int8 tensors element by element, either of them repeated along dimensions where it has
// size 1: SUB, MUL, DIV, SQUARED_DIFFERENCE, MAXIMUM, MINIMUM, PRELU, as TFLite's reference kernels compute
// them.
#pragma once
#include <cstddef>
#include <cstdint>

namespace weightfold {

constexpr int32_t kMaxBinaryRank = 6;

struct BinaryShape {
  int32_t rank;  // at least 1
  int32_t size[kMaxBinaryRank];
  int32_t stride[2][kMaxBinaryRank];  // elements to step in each input per step of the output
};

// Which of these an operator uses is said beside it in scalar.cc.
struct BinaryParameters {
  int32_t left_shift;
  int32_t zero_point[2];
  int32_t multiplier[2], shift[2];
  int32_t output_zero_point, output_multiplier, output_shift;
  int32_t min, max;
};

enum class BinaryOp { kSub, kMul, kDiv, kSquaredDifference, kMaximum, kMinimum, kPrelu };

// Rows are the indices of all dimensions but the last; [begin, end) of them.
void Binary(BinaryOp op, const BinaryParameters& parameters, const BinaryShape& shape, const int8_t* a,
            const int8_t* b, int8_t* output, int32_t begin, int32_t end);

}  // namespace weightfold
