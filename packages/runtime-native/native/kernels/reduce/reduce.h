// MEAN, SUM, REDUCE_MAX and REDUCE_MIN over any dimensions, int8.
#pragma once
#include <cstddef>
#include <cstdint>

namespace weightfold {

constexpr int32_t kMaxReduceDimensions = 6;

enum class ReduceOp { kMean, kSum, kMax, kMin };

// Some dimensions of a tensor: sizes, and elements from one index to the next.
struct ReduceDimensions {
  int32_t count;
  int32_t size[kMaxReduceDimensions];
  size_t stride[kMaxReduceDimensions];
};

struct ReduceShape {
  ReduceOp op;
  ReduceDimensions kept, reduced;
  int32_t lanes;     // the last kept dimension when its elements lie together, else 1; not in `kept`
  int32_t elements;  // product of the reduced sizes
  int32_t input_zero_point, output_zero_point;
  int32_t multiplier, shift;  // MEAN and SUM: of input scale / output scale
};

// TFLite's QuantizedMeanOrSum, and plain maxima and minima of codes. For MEAN the division by `elements` is
// folded into the multiplier, before one double rounding. Rows are the kept indices without the lanes;
// [begin, end) of them.
void Reduce(const ReduceShape& shape, const int8_t* input, int8_t* output, int32_t begin, int32_t end);

}  // namespace weightfold
