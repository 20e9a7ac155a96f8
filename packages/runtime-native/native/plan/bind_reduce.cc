// REDUCE: operation (0 mean, 1 sum, 2 max, 3 min); bit i for dimension i; multiplier; shift. ARG_EXTREME:
// axis; 1 for the largest, 0 for the smallest.
#include "kernels/arg_extreme/arg_extreme.h"
#include "kernels/reduce/reduce.h"
#include "plan/bind_units.h"

namespace weightfold {
namespace {

struct ReduceState {
  ReduceShape shape;
  int32_t units;
  const int8_t* input;
  int8_t* output;
};

struct ArgExtremeState {
  ArgExtremeShape shape;
  int32_t units;
  const void* input;
  int32_t* output;
};

void RunReduce(const ReduceState& s, int32_t begin, int32_t end) {
  Reduce(s.shape, s.input, s.output, begin, end);
}
template <typename T>
void RunArgExtreme(const ArgExtremeState& s, int32_t begin, int32_t end) {
  ArgExtreme(s.shape, static_cast<const T*>(s.input), s.output, begin, end);
}

void Reverse(ReduceDimensions* d) {
  for (int32_t i = 0, j = d->count - 1; i < j; ++i, --j) {
    const int32_t size = d->size[i];
    const size_t stride = d->stride[i];
    d->size[i] = d->size[j];
    d->stride[i] = d->stride[j];
    d->size[j] = size;
    d->stride[j] = stride;
  }
}

// Dimensions from the innermost; neighbours of one sort join.
void FillDimensions(const PlanTensor& x, uint32_t mask, ReduceShape* shape) {
  ReduceDimensions *all[2] = {&shape->kept, &shape->reduced}, *before = nullptr;
  size_t stride = 1;
  for (uint32_t i = x.rank; i-- > 0; stride *= static_cast<size_t>(x.dims[i])) {
    if (x.dims[i] == 1) continue;
    ReduceDimensions* d = all[(mask >> i) & 1];
    if (d == before) {
      d->size[d->count - 1] *= x.dims[i];
    } else {
      d->size[d->count] = x.dims[i];
      d->stride[d->count++] = stride;
    }
    before = d;
  }
  if (shape->reduced.count == 0) {
    shape->reduced.size[0] = 1;
    shape->reduced.stride[0] = 0;
    shape->reduced.count = 1;
  }
  Reverse(&shape->kept);
  Reverse(&shape->reduced);
  shape->lanes = 1;
  ReduceDimensions* kept = &shape->kept;
  if (kept->count > 0 && kept->stride[kept->count - 1] == 1) shape->lanes = kept->size[--kept->count];
}

}  // namespace

bool BindReduce(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!c.ExpectCounts(1, 1, 4) || !ExpectInt8(c) || !c.ExpectRange("operation", c.Parameter(0), 0, 3) ||
      !c.ExpectRange("dimensions", c.Parameter(1), 0, (1 << c.Input(0).rank) - 1) || !ExpectScale(c, 2, 30)) {
    return false;
  }
  ReduceState* s = context->NewState<ReduceState>();
  if (s == nullptr) return false;
  FillDimensions(c.Input(0), static_cast<uint32_t>(c.Parameter(1)), &s->shape);
  int64_t outputs = s->shape.lanes, elements = 1;
  for (int32_t i = 0; i < s->shape.kept.count; ++i) outputs *= s->shape.kept.size[i];
  for (int32_t i = 0; i < s->shape.reduced.count; ++i) elements *= s->shape.reduced.size[i];
  // 255 × 2^23 stays in 32 bits.
  if (!c.ExpectLimit("reduced elements", elements, 1 << 23, "reduce one dimension after the other") ||
      !c.ExpectEqual("output elements", Elements(c.Output(0)), outputs)) {
    return false;
  }
  s->shape.op = static_cast<ReduceOp>(c.Parameter(0));
  s->shape.elements = static_cast<int32_t>(elements);
  s->shape.input_zero_point = c.Input(0).zero_point;
  s->shape.output_zero_point = c.Output(0).zero_point;
  s->shape.multiplier = c.Parameter(2);
  s->shape.shift = c.Parameter(3);
  if (s->shape.op == ReduceOp::kMean) FoldDivision(s->shape.elements, &s->shape.multiplier, &s->shape.shift);
  s->units = static_cast<int32_t>(outputs / s->shape.lanes);
  s->input = c.InputData<int8_t>(0);
  s->output = c.OutputData<int8_t>(0);
  SetRun<ReduceState, RunReduce>(s, bound);
  return true;
}

bool BindArgExtreme(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!c.ExpectCounts(1, 1, 2) || !c.ExpectInput(0)) return false;
  const bool real = c.InputType(0) == DataType::kFloat32;
  if ((!real && !c.ExpectInput(0, DataType::kInt8)) || !c.ExpectOutput(0, DataType::kInt32) ||
      !c.ExpectRange("rank of the input", c.Input(0).rank, 1, kMaxRank) ||
      !c.ExpectRange("axis", c.Parameter(0), 0, c.Input(0).rank - 1) ||
      !c.ExpectRange("largest", c.Parameter(1), 0, 1)) {
    return false;
  }
  const PlanTensor& x = c.Input(0);
  const uint32_t axis = static_cast<uint32_t>(c.Parameter(0));
  if (!c.ExpectEqual("output elements", Elements(c.Output(0)), Elements(x) / x.dims[axis])) return false;
  ArgExtremeState* s = context->NewState<ArgExtremeState>();
  if (s == nullptr) return false;
  s->shape = {x.dims[axis], Product(x, axis + 1, x.rank), c.Parameter(1) == 1};
  s->units = Product(x, 0, axis);
  s->input = c.InputData<void>(0);
  s->output = c.OutputData<int32_t>(0);
  if (real) {
    SetRun<ArgExtremeState, RunArgExtreme<float>>(s, bound);
  } else {
    SetRun<ArgExtremeState, RunArgExtreme<int8_t>>(s, bound);
  }
  return true;
}

}  // namespace weightfold
