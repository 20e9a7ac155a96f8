#include "base/requantize.h"
#include "kernels/reduce/reduce.h"

namespace weightfold {
namespace {

constexpr int32_t kLanes = 32;  // reduced together

size_t OffsetOf(const ReduceDimensions& d, int32_t index) {
  size_t offset = 0;
  for (int32_t i = d.count - 1; i >= 0; --i) {
    offset += static_cast<size_t>(index % d.size[i]) * d.stride[i];
    index /= d.size[i];
  }
  return offset;
}

// Calls accumulate(accumulator, code) for all that `lanes` outputs from `input` on depend on.
template <typename Accumulate>
void OverReduced(const ReduceShape& s, const int8_t* input, int32_t lanes, int32_t* accumulators,
                 Accumulate accumulate) {
  const int32_t last = s.reduced.count - 1, inner = s.reduced.size[last];
  ReduceDimensions outer = s.reduced;
  outer.count = last;
  for (int32_t i = 0; i < s.elements / inner; ++i) {
    const int8_t* x = input + OffsetOf(outer, i);
    for (int32_t j = 0; j < inner; ++j, x += s.reduced.stride[last]) {
      for (int32_t lane = 0; lane < lanes; ++lane) accumulate(&accumulators[lane], x[lane]);
    }
  }
}

void ReduceLanes(const ReduceShape& s, const int8_t* input, int32_t lanes, int8_t* output) {
  int32_t values[kLanes];
  const int32_t start = s.op == ReduceOp::kMax ? INT8_MIN : s.op == ReduceOp::kMin ? INT8_MAX : 0;
  for (int32_t lane = 0; lane < lanes; ++lane) values[lane] = start;
  if (s.op == ReduceOp::kMax) {
    OverReduced(s, input, lanes, values, [](int32_t* best, int32_t x) { *best = MaxInt(*best, x); });
  } else if (s.op == ReduceOp::kMin) {
    OverReduced(s, input, lanes, values, [](int32_t* best, int32_t x) { *best = MinInt(*best, x); });
  } else {
    OverReduced(s, input, lanes, values, [](int32_t* sum, int32_t x) { *sum += x; });
    for (int32_t lane = 0; lane < lanes; ++lane) {
      const int32_t sum = values[lane] - s.elements * s.input_zero_point;
      const int32_t scaled = MultiplyByQuantizedMultiplier(sum, s.multiplier, s.shift);
      values[lane] = ClampInt(WrappingAdd(scaled, s.output_zero_point), INT8_MIN, INT8_MAX);
    }
  }
  for (int32_t lane = 0; lane < lanes; ++lane) output[lane] = static_cast<int8_t>(values[lane]);
}

}  // namespace

void Reduce(const ReduceShape& s, const int8_t* input, int8_t* output, int32_t begin, int32_t end) {
  for (int32_t row = begin; row < end; ++row) {
    const int8_t* from = input + OffsetOf(s.kept, row);
    int8_t* to = output + static_cast<size_t>(row) * s.lanes;
    for (int32_t lane = 0; lane < s.lanes; lane += kLanes) {
      ReduceLanes(s, from + lane, MinInt(kLanes, s.lanes - lane), to + lane);
    }
  }
}

}  // namespace weightfold
