// TRANSPOSE_CONV: stride h, w; pad top, left; min; max; rounding. RESIZE_BILINEAR: none. Inputs: x, samples
// of the rows, samples of the columns (first, second, fraction each).
#include "kernels/resize_bilinear/resize_bilinear.h"
#include "kernels/transpose_conv/transpose_conv.h"
#include "plan/bind_requantization.h"
#include "plan/bind_units.h"

namespace weightfold {
namespace {

struct TransposeConvState {
  TransposeConvShape shape;
  TransposeConvParameters parameters;
  int32_t units;
  const int8_t* input;
  int8_t* output;
};

struct ResizeBilinearState {
  ResizeBilinearShape shape;
  int32_t units;
  const int8_t* input;
  int8_t* output;
};

void RunTransposeConv(const TransposeConvState& s, int32_t begin, int32_t end) {
  TransposeConv(s.shape, s.parameters, s.input, s.output, begin, end);
}
void RunResizeBilinear(const ResizeBilinearState& s, int32_t begin, int32_t end) {
  ResizeBilinear(s.shape, s.input, s.output, begin, end);
}

bool ExpectImages(const BindContext& c) {
  return ExpectInt8(c) && c.ExpectEqual("rank of the input", c.Input(0).rank, 4) &&
         c.ExpectEqual("rank of the output", c.Output(0).rank, 4) &&
         c.ExpectEqual("batch", c.Output(0).dims[0], c.Input(0).dims[0]);
}

bool CheckWindow(const BindContext& c) {
  const PlanTensor &x = c.Input(0), &w = c.Input(1), &y = c.Output(0);
  for (uint32_t i = 0; i < 2; ++i) {
    if (!c.ExpectRange("input size", x.dims[1 + i], 1, 1 << 16) ||
        !c.ExpectRange("output size", y.dims[1 + i], 1, 1 << 16) ||
        !c.ExpectRange("filter size", w.dims[1 + i], 1, 1 << 12) ||
        !c.ExpectRange("stride", c.Parameter(i), 1, 1 << 12) ||
        !c.ExpectRange("padding", c.Parameter(2 + i), 0, w.dims[1 + i] - 1)) {
      return false;
    }
  }
  return c.ExpectEqual("input channels", w.dims[3], x.dims[3]) &&
         c.ExpectEqual("output channels", y.dims[3], w.dims[0]);
}

const ResizeSample* Samples(const BindContext& c, uint32_t input, int32_t inputs, int32_t outputs) {
  if (!c.ExpectConstant(input, DataType::kInt32) ||
      !c.ExpectEqual("samples", Elements(c.Input(input)), static_cast<int64_t>(3) * outputs)) {
    return nullptr;
  }
  const ResizeSample* samples = reinterpret_cast<const ResizeSample*>(c.InputData<int32_t>(input));
  for (int32_t i = 0; i < outputs; ++i) {
    if (!c.ExpectRange("first sample", samples[i].first, 0, inputs - 1) ||
        !c.ExpectRange("second sample", samples[i].second, 0, inputs - 1) ||
        !c.ExpectRange("fraction", samples[i].fraction, -2048, 2048)) {
      return nullptr;
    }
  }
  return samples;
}

}  // namespace

bool BindTransposeConv(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!c.ExpectCounts(5, 1, 7) || !ExpectImages(c) || !c.ExpectConstant(1, DataType::kInt8) ||
      !c.ExpectEqual("rank of the weights", c.Input(1).rank, 4) || !CheckWindow(c)) {
    return false;
  }
  TransposeConvState* s = context->NewState<TransposeConvState>();
  const int32_t *x = c.Input(0).dims, *w = c.Input(1).dims, *y = c.Output(0).dims;
  if (s == nullptr || !BindRequantization(c, w[0], 4, &s->parameters.requantization)) return false;
  s->shape = {x[0], x[1], x[2],           x[3],           y[1],           y[2],          y[3],
              w[1], w[2], c.Parameter(0), c.Parameter(1), c.Parameter(2), c.Parameter(3)};
  s->parameters.input_zero_point = c.Input(0).zero_point;
  s->parameters.weights = c.InputData<int8_t>(1);
  s->parameters.bias = c.HasInput(2) ? c.InputData<int32_t>(2) : nullptr;
  s->units = y[0] * y[1];
  s->input = c.InputData<int8_t>(0);
  s->output = c.OutputData<int8_t>(0);
  SetRun<TransposeConvState, RunTransposeConv>(s, bound);
  return true;
}

bool BindResizeBilinear(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!c.ExpectCounts(3, 1, 0) || !ExpectImages(c) ||
      !c.ExpectEqual("channels", c.Output(0).dims[3], c.Input(0).dims[3])) {
    return false;
  }
  const int32_t *x = c.Input(0).dims, *y = c.Output(0).dims;
  const ResizeSample *rows = Samples(c, 1, x[1], y[1]), *columns = Samples(c, 2, x[2], y[2]);
  ResizeBilinearState* s = context->NewState<ResizeBilinearState>();
  if (rows == nullptr || columns == nullptr || s == nullptr) return false;
  s->shape = {x[1], x[2], y[1], y[2], x[3], rows, columns};
  s->units = y[0] * y[1];
  s->input = c.InputData<int8_t>(0);
  s->output = c.OutputData<int8_t>(0);
  SetRun<ResizeBilinearState, RunResizeBilinear>(s, bound);
  return true;
}

}  // namespace weightfold
