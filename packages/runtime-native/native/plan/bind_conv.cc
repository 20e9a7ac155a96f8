// CONV_2D and DEPTHWISE_CONV_2D. Parameters: stride h, w; dilation h, w; pad top, left; groups; min; max;
// rounding.
#include "kernels/conv/conv.h"
#include "kernels/depthwise/depthwise.h"
#include "plan/bind_requantization.h"

namespace weightfold {
namespace {

constexpr int32_t kMaxStep = 1 << 12;
constexpr uint32_t kParameters = 10;

struct ConvState {
  const ConvKernel* kernel;
  ConvShape shape;
  ConvParameters parameters;
  void* packed;
  const int8_t* input;
  int8_t* output;
};

struct DepthwiseState {
  const DepthwiseKernel* kernel;
  DepthwiseShape shape;
  DepthwiseParameters parameters;
  void* packed;
  const int8_t* input;
  int8_t* output;
};

bool CheckTensors(const BindContext& c) {
  return c.ExpectCounts(5, 1, kParameters) && c.ExpectInput(0, DataType::kInt8) &&
         c.ExpectConstant(1, DataType::kInt8) && c.ExpectOutput(0, DataType::kInt8) &&
         c.ExpectEqual("rank of the input", c.Input(0).rank, 4) &&
         c.ExpectEqual("rank of the weights", c.Input(1).rank, 4) &&
         c.ExpectEqual("rank of the output", c.Output(0).rank, 4) &&
         c.ExpectEqual("batch", c.Output(0).dims[0], c.Input(0).dims[0]) &&
         c.ExpectEqual("zero point of the weights", c.Input(1).zero_point, 0) &&
         c.ExpectRange("zero point of the input", c.Input(0).zero_point, -128, 127);
}

// Also bounds the padded image that kernels build, so that their sizes cannot overflow.
bool CheckSteps(const BindContext& c) {
  for (uint32_t i = 0; i < 4; ++i) {
    if (!c.ExpectRange("stride or dilation", c.Parameter(i), 1, kMaxStep)) return false;
  }
  int64_t elements = c.Input(0).dims[3];
  for (uint32_t axis = 0; axis < 2; ++axis) {
    const int32_t kernel = c.Input(1).dims[1 + axis], out = c.Output(0).dims[1 + axis];
    if (!c.ExpectRange("kernel size", kernel, 1, kMaxStep) ||
        !c.ExpectRange("output size", out, 1, 1 << 20) ||
        !c.ExpectRange("padding", c.Parameter(4 + axis), 0, kMaxStep * kMaxStep)) {
      return false;
    }
    const int64_t extent = static_cast<int64_t>(out - 1) * c.Parameter(axis) +
                           static_cast<int64_t>(kernel - 1) * c.Parameter(2 + axis) + 1;
    if (!c.ExpectRange("padding", c.Parameter(4 + axis), 0, extent - 1)) return false;
    if (!c.ExpectRange("size of the padded image", extent, 1, 1 << 28)) return false;
    elements *= extent;
    if (!c.ExpectRange("elements of the padded image", elements, 1, 1 << 30)) return false;
  }
  return true;
}

}  // namespace

bool BindConv2d(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!CheckTensors(c) || !CheckSteps(c)) return false;
  const PlanTensor &x = c.Input(0), &w = c.Input(1), &y = c.Output(0);
  const int32_t groups = c.Parameter(6);
  if (!c.ExpectRange("groups", groups, 1, x.dims[3]) ||
      !c.ExpectEqual("input channels % groups", x.dims[3] % groups, 0) ||
      !c.ExpectEqual("output channels % groups", y.dims[3] % groups, 0) ||
      !c.ExpectEqual("input channels of the weights", w.dims[3], x.dims[3] / groups) ||
      !c.ExpectEqual("output channels of the weights", w.dims[0], y.dims[3])) {
    return false;
  }
  ConvState* s = context->NewState<ConvState>();
  if (s == nullptr || !BindRequantization(c, y.dims[3], 7, &s->parameters.output)) return false;
  s->shape = {x.dims[0],      x.dims[1],      x.dims[2],      x.dims[3],      y.dims[1],      y.dims[2],
              y.dims[3],      w.dims[1],      w.dims[2],      c.Parameter(0), c.Parameter(1), c.Parameter(2),
              c.Parameter(3), c.Parameter(4), c.Parameter(5), groups};
  s->parameters.weights = c.InputData<int8_t>(1);
  s->parameters.bias = c.HasInput(2) ? c.InputData<int32_t>(2) : nullptr;
  s->parameters.input_zero_point = x.zero_point;
  s->kernel = &SelectConv(c.features);
  s->input = c.InputData<int8_t>(0);
  s->output = c.OutputData<int8_t>(0);
  *bound = {RunKernel<ConvState>, s};
  return BindKernel(context, s);
}

bool BindDepthwiseConv2d(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!CheckTensors(c) || !CheckSteps(c)) return false;
  const PlanTensor &x = c.Input(0), &w = c.Input(1), &y = c.Output(0);
  if (!c.ExpectEqual("first size of the weights", w.dims[0], 1) ||
      !c.ExpectEqual("channels of the weights", w.dims[3], x.dims[3]) ||
      !c.ExpectEqual("channels of the output", y.dims[3], x.dims[3])) {
    return false;
  }
  DepthwiseState* s = context->NewState<DepthwiseState>();
  if (s == nullptr || !BindRequantization(c, y.dims[3], 7, &s->parameters.output)) return false;
  s->shape = {x.dims[0],      x.dims[1],      x.dims[2],      x.dims[3],      y.dims[1],
              y.dims[2],      w.dims[1],      w.dims[2],      c.Parameter(0), c.Parameter(1),
              c.Parameter(2), c.Parameter(3), c.Parameter(4), c.Parameter(5)};
  s->parameters.weights = c.InputData<int8_t>(1);
  s->parameters.bias = c.HasInput(2) ? c.InputData<int32_t>(2) : nullptr;
  s->parameters.input_zero_point = x.zero_point;
  s->kernel = &SelectDepthwise(c.features);
  s->input = c.InputData<int8_t>(0);
  s->output = c.OutputData<int8_t>(0);
  *bound = {RunKernel<DepthwiseState>, s};
  return BindKernel(context, s);
}

}  // namespace weightfold
