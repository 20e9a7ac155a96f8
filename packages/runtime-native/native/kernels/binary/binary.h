// Functions of two int8 tensors element by element, either of them repeated along dimensions where it has
// size 1: SUB, DIV, SQUARED_DIFFERENCE, MAXIMUM, MINIMUM, PRELU, as TFLite's reference kernels compute
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

enum class BinaryOp { kSub, kDiv, kSquaredDifference, kMaximum, kMinimum, kPrelu };

// Calls run_row(a, b, output, count) for rows [begin, end): with the first element of each, and how many
// there are. Rows are the indices of all dimensions but the last.
template <typename RunRow>
static inline void ForEachRow(const BinaryShape& s, const int8_t* a, const int8_t* b, int8_t* output,
                              int32_t begin, int32_t end, RunRow run_row) {
  const int32_t last = s.rank - 1;
  const size_t count = static_cast<size_t>(s.size[last]);
  for (int32_t row = begin; row < end; ++row) {
    const int8_t *x = a, *y = b;
    int32_t rest = row;
    for (int32_t i = last - 1; i >= 0; --i) {
      const int32_t index = rest % s.size[i];
      rest /= s.size[i];
      x += static_cast<ptrdiff_t>(index) * s.stride[0][i];
      y += static_cast<ptrdiff_t>(index) * s.stride[1][i];
    }
    run_row(x, y, output + static_cast<size_t>(row) * count, count);
  }
}

// Rows [begin, end).
void Binary(BinaryOp op, const BinaryParameters& parameters, const BinaryShape& shape, const int8_t* a,
            const int8_t* b, int8_t* output, int32_t begin, int32_t end);

}  // namespace weightfold
