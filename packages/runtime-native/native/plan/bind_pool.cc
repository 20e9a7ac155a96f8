// AVERAGE_POOL_2D and MAX_POOL_2D: kernel h, w; stride h, w; pad top, left; min; max. MEAN: multiplier,
// shift.
#include "kernels/mean/mean.h"
#include "kernels/pool/pool.h"
#include "plan/bind.h"

namespace weightfold {
namespace {

struct PoolState {
  PoolShape shape;
  const int8_t* input;
  int8_t* output;
};

struct MeanState {
  MeanShape shape;
  const int8_t* input;
  int8_t* output;
};

template <void (*kPool)(const PoolShape&, const int8_t*, int8_t*)>
void RunPool(const void* opaque, void*) {
  const PoolState& s = *static_cast<const PoolState*>(opaque);
  kPool(s.shape, s.input, s.output);
}

bool CheckPool(const BindContext& c) {
  if (!c.ExpectCounts(1, 1, 8) || !c.ExpectInput(0, DataType::kInt8) || !c.ExpectOutput(0, DataType::kInt8) ||
      !c.ExpectEqual("rank of the input", c.Input(0).rank, 4) ||
      !c.ExpectEqual("rank of the output", c.Output(0).rank, 4) ||
      !c.ExpectEqual("batch", c.Output(0).dims[0], c.Input(0).dims[0]) ||
      !c.ExpectEqual("channels", c.Output(0).dims[3], c.Input(0).dims[3]) ||
      !c.ExpectRange("activation minimum", c.Parameter(6), -128, 127) ||
      !c.ExpectRange("activation maximum", c.Parameter(7), c.Parameter(6), 127)) {
    return false;
  }
  for (uint32_t i = 0; i < 2; ++i) {
    if (!c.ExpectRange("output size", c.Output(0).dims[1 + i], 1, 1 << 16) ||
        !c.ExpectRange("filter size", c.Parameter(i), 1, 1 << 12) ||
        !c.ExpectRange("stride", c.Parameter(2 + i), 1, 1 << 12) ||
        !c.ExpectRange("padding", c.Parameter(4 + i), 0, c.Parameter(i) - 1)) {
      return false;
    }
  }
  // 128 per element, and half the elements for rounding, stay in 32 bits.
  const int64_t elements = static_cast<int64_t>(c.Parameter(0)) * c.Parameter(1);
  return c.ExpectRange("filter elements", elements, 1, 1 << 23);
}

template <void (*kPool)(const PoolShape&, const int8_t*, int8_t*)>
bool BindPool(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!CheckPool(c)) return false;
  PoolState* s = context->NewState<PoolState>();
  if (s == nullptr) return false;
  const int32_t *x = c.Input(0).dims, *y = c.Output(0).dims;
  s->shape = {x[0],           x[1],           x[2],           x[3],           y[1],
              y[2],           c.Parameter(0), c.Parameter(1), c.Parameter(2), c.Parameter(3),
              c.Parameter(4), c.Parameter(5), c.Parameter(6), c.Parameter(7)};
  s->input = c.InputData<int8_t>(0);
  s->output = c.OutputData<int8_t>(0);
  *bound = {RunPool<kPool>, s};
  return true;
}

void RunMean(const void* opaque, void*) {
  const MeanState& s = *static_cast<const MeanState*>(opaque);
  MeanSpatial(s.shape, s.input, s.output);
}

}  // namespace

bool BindAveragePool2d(BindContext* context, BoundOp* bound) { return BindPool<AveragePool>(context, bound); }
bool BindMaxPool2d(BindContext* context, BoundOp* bound) { return BindPool<MaxPool>(context, bound); }

bool BindMean(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!c.ExpectCounts(1, 1, 2) || !c.ExpectInput(0, DataType::kInt8) || !c.ExpectOutput(0, DataType::kInt8) ||
      !c.ExpectEqual("rank of the input", c.Input(0).rank, 4) ||
      !c.ExpectRange("multiplier", c.Parameter(0), 0, INT32_MAX) ||
      !c.ExpectRange("shift", c.Parameter(1), -30, 30)) {
    return false;
  }
  const PlanTensor &x = c.Input(0), &y = c.Output(0);
  const int64_t positions = static_cast<int64_t>(x.dims[1]) * x.dims[2];
  // 255 × positions must fit in 32 bits, and the total shift must stay within 31.
  if (!c.ExpectRange("height × width", positions, 1, 1 << 22) ||
      !c.ExpectEqual("output elements", Elements(y), static_cast<int64_t>(x.dims[0]) * x.dims[3])) {
    return false;
  }
  MeanState* s = context->NewState<MeanState>();
  if (s == nullptr) return false;
  s->shape = {
      x.dims[0],     static_cast<int32_t>(positions), x.dims[3], x.zero_point, y.zero_point, c.Parameter(0),
      c.Parameter(1)};
  s->input = c.InputData<int8_t>(0);
  s->output = c.OutputData<int8_t>(0);
  *bound = {RunMean, s};
  return true;
}

}  // namespace weightfold
