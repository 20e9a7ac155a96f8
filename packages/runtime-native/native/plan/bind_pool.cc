// AVERAGE_POOL_2D, AVERAGE_POOL_2D_UNSIGNED and MAX_POOL_2D: kernel h, w; stride h, w; pad top, left; min;
// max. MEAN: multiplier, shift.
#include "kernels/mean/mean.h"
#include "kernels/pool/pool.h"
#include "plan/bind.h"
#include "plan/bind_pool_windows.h"

namespace weightfold {
namespace {

struct PoolState {
  PoolFunction run;
  PoolShape shape;
  PlanImage input, output;
};

struct MeanState {
  const MeanKernel* kernel;
  MeanShape shape;
  PlanImage input;
  uint8_t* output;
};

// A unit is a row of the output.
void RunPool(const void* opaque, void*, int32_t begin, int32_t end) {
  const PoolState& s = *static_cast<const PoolState*>(opaque);
  while (begin < end) {
    const int32_t n = begin / s.shape.out_h, first = begin % s.shape.out_h;
    const int32_t last = MinInt(s.shape.out_h, first + end - begin);
    const ConstImage input = {s.input.pixels + static_cast<size_t>(n) * s.input.image, s.input.row};
    const Image output = {s.output.pixels + static_cast<size_t>(n) * s.output.image, s.output.row};
    s.run(s.shape, input, output, first, last);
    begin += last - first;
  }
}

bool CheckPool(const BindContext& c, PoolShape* shape) {
  // 128 per element, and half the elements for rounding, stay in 32 bits.
  return c.ExpectCounts(1, 1, 8) && c.ExpectInputCodes(0, Border::kAllowed) &&
         c.ExpectOutputCodes(0, Border::kAllowed) && c.ExpectActivation(6, &shape->min, &shape->max) &&
         ReadPoolWindows(c, 1 << 23, shape);
}

bool BindPool(BindContext* context, PoolFunction run, BoundOp* bound) {
  const BindContext& c = *context;
  PoolState* s = context->NewState<PoolState>();
  if (s == nullptr || !CheckPool(c, &s->shape)) return false;
  PoolShape& shape = s->shape;
  shape.input_flip = FlipOf(c.Input(0));
  shape.output_flip = FlipOf(c.Output(0));
  s->run = run;
  s->input = c.InputImage(0);
  s->output = c.OutputImage(0);
  *bound = {RunPool, s, c.Output(0).dims[0] * shape.out_h};
  return true;
}

// A unit is an image.
void RunMean(const void* opaque, void*, int32_t begin, int32_t end) {
  const MeanState& s = *static_cast<const MeanState*>(opaque);
  for (int32_t n = begin; n < end; ++n) {
    const ConstImage input = {s.input.pixels + static_cast<size_t>(n) * s.input.image, s.input.row};
    s.kernel->run(s.shape, input, s.output + static_cast<size_t>(n) * s.shape.channels);
  }
}

}  // namespace

bool BindAveragePool2d(BindContext* context, BoundOp* bound) {
  return BindPool(context, SelectPool(context->features).average, bound);
}
bool BindAveragePool2dUnsigned(BindContext* context, BoundOp* bound) {
  return BindPool(context, AveragePoolUnsigned, bound);
}
bool BindMaxPool2d(BindContext* context, BoundOp* bound) {
  return BindPool(context, SelectPool(context->features).maximum, bound);
}

bool BindMean(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!c.ExpectCounts(1, 1, 2) || !c.ExpectInputCodes(0, Border::kAllowed) ||
      !c.ExpectOutputCodes(0, Border::kNone) || !c.ExpectEqual("rank of the input", c.Input(0).rank, 4) ||
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
  s->shape = {x.dims[1], x.dims[2], x.dims[3],      SignedZeroPoint(x), SignedZeroPoint(y),
              FlipOf(x), FlipOf(y), c.Parameter(0), c.Parameter(1)};
  FoldDivision(static_cast<int32_t>(positions), &s->shape.multiplier, &s->shape.shift);
  s->kernel = &SelectMean(c.features);
  s->input = c.InputImage(0);
  s->output = c.OutputData<uint8_t>(0);
  *bound = {RunMean, s, x.dims[0]};
  return true;
}

}  // namespace weightfold
