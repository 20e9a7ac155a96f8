#include "base/requantize.h"
#include "kernels/batch_matmul/batch_matmul.h"

namespace weightfold {
namespace {

constexpr int32_t kColumns = 64;  // whose sums are kept at once

// Sums of `count` columns from n0 on. Where b is transposed its columns are contiguous, else its rows are:
// either way the inner loop runs over neighbours.
void SumColumns(const BatchMatmulShape& s, const BatchMatmulParameters& p, const int8_t* a, size_t step_a,
                const int8_t* b, int32_t n0, int32_t count, int32_t sums[kColumns]) {
  if (s.transpose_b) {
    for (int32_t j = 0; j < count; ++j) {
      const int8_t* column = b + static_cast<size_t>(n0 + j) * s.k;
      int32_t sum = 0;
      for (int32_t k = 0; k < s.k; ++k)
        sum += (a[k * step_a] - p.zero_point_a) * (column[k] - p.zero_point_b);
      sums[j] = sum;
    }
    return;
  }
  for (int32_t j = 0; j < count; ++j) sums[j] = 0;
  for (int32_t k = 0; k < s.k; ++k) {
    const int32_t factor = a[k * step_a] - p.zero_point_a;
    const int8_t* row = b + static_cast<size_t>(k) * s.n + n0;
    for (int32_t j = 0; j < count; ++j) sums[j] += factor * (row[j] - p.zero_point_b);
  }
}

}  // namespace

void BatchMatmul(const BatchMatmulShape& s, const BatchMatmulParameters& p, const int8_t* a, const int8_t* b,
                 int8_t* output, int32_t begin, int32_t end) {
  const size_t matrix_a = static_cast<size_t>(s.m) * s.k, matrix_b = static_cast<size_t>(s.k) * s.n;
  for (int32_t row = begin; row < end; ++row) {
    const int32_t batch = row / s.m, m = row % s.m;
    const int8_t* from_a =
        a + s.batch_a[batch] * matrix_a + static_cast<size_t>(m) * (s.transpose_a ? 1 : s.k);
    const int8_t* from_b = b + s.batch_b[batch] * matrix_b;
    int8_t* to = output + static_cast<size_t>(row) * s.n;
    for (int32_t n = 0; n < s.n; n += kColumns) {
      int32_t sums[kColumns];
      const int32_t count = MinInt(kColumns, s.n - n);
      SumColumns(s, p, from_a, s.transpose_a ? static_cast<size_t>(s.m) : 1, from_b, n, count, sums);
      for (int32_t j = 0; j < count; ++j) {
        const int32_t scaled = MultiplyByQuantizedMultiplier(sums[j], p.multiplier, p.shift);
        to[n + j] = static_cast<int8_t>(ClampInt(WrappingAdd(scaled, p.output_zero_point), -128, 127));
      }
    }
  }
}

}  // namespace weightfold
