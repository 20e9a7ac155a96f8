// BATCH_MATMUL of int8: output[m][n] = Σ a[m][k] × b[k][n] for pairs of matrices, either of them transposed.
#pragma once
#include <cstddef>
#include <cstdint>

namespace weightfold {

// So that no sum of products of two differences, 255² each at most, leaves 32 bits.
constexpr int32_t kMaxMatrixDepth = 33025;

struct BatchMatmulShape {
  int32_t m, n, k;
  bool transpose_a, transpose_b;     // stored as [k][m]; as [n][k]
  const int32_t *batch_a, *batch_b;  // which matrix of each input an output's matrix takes
};

struct BatchMatmulParameters {
  int32_t zero_point_a, zero_point_b, output_zero_point;
  int32_t multiplier, shift;
};

// Rows [begin, end) of all output matrices, which lie one after the other.
void BatchMatmul(const BatchMatmulShape& shape, const BatchMatmulParameters& parameters, const int8_t* a,
                 const int8_t* b, int8_t* output, int32_t begin, int32_t end);

}  // namespace weightfold
