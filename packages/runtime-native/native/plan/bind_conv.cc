// CONV_2D and DEPTHWISE_CONV_2D. Parameters: stride h, w; dilation h, w; pad top, left; groups; min; max;
// rounding.
#include "kernels/conv/conv.h"
#include "kernels/depthwise/depthwise.h"
#include "plan/bind_requantization.h"
#include "plan/staged_input.h"

namespace weightfold {
namespace {

constexpr int32_t kMaxStep = 1 << 12;
constexpr uint32_t kParameters = 10;

template <typename ConvKind, typename ShapeKind, typename ParametersKind>
struct WindowState {
  using Kernel = ConvKind;
  using Shape = ShapeKind;
  const Kernel* kernel;
  Shape shape;
  ParametersKind parameters;
  void* packed;
  StagedInput input;
  PlanImage output;
};
using ConvState = WindowState<ConvKernel, ConvShape, ConvParameters>;
using DepthwiseState = WindowState<DepthwiseKernel, DepthwiseShape, DepthwiseParameters>;

bool CheckTensors(const BindContext& c) {
  return c.ExpectCounts(5, 1, kParameters) && c.ExpectInputCodes(0, Border::kAllowed) &&
         c.ExpectConstant(1, DataType::kInt8) && c.ExpectOutputCodes(0, Border::kAllowed) &&
         c.ExpectEqual("rank of the input", c.Input(0).rank, 4) &&
         c.ExpectEqual("rank of the weights", c.Input(1).rank, 4) &&
         c.ExpectEqual("rank of the output", c.Output(0).rank, 4) &&
         c.ExpectEqual("batch", c.Output(0).dims[0], c.Input(0).dims[0]);
}

// Also bounds the image with its padding, so that sizes of scratch cannot overflow.
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
    if (!c.ExpectLimit("elements of the padded image", elements, 1 << 30,
                       "run the network on parts of the image"))
      return false;
  }
  return true;
}

WindowExtent ExtentOf(const BindContext& c) {
  int32_t size[2];
  for (uint32_t axis = 0; axis < 2; ++axis) {
    size[axis] = (c.Output(0).dims[1 + axis] - 1) * c.Parameter(axis) +
                 (c.Input(1).dims[1 + axis] - 1) * c.Parameter(2 + axis) + 1;
  }
  return {size[0], size[1], c.Parameter(4), c.Parameter(5)};
}

// A unit is an output row; rows of one image go to the kernel together.
template <typename State>
void Run(const void* opaque, void* scratch, int32_t begin, int32_t end) {
  const State& s = *static_cast<const State*>(opaque);
  const typename State::Shape& shape = s.shape;
  void* kernel_scratch = static_cast<uint8_t*>(scratch) + s.input.scratch_bytes();
  while (begin < end) {
    const int32_t n = begin / shape.out_h, first = begin % shape.out_h;
    const int32_t last = MinInt(shape.out_h, first + end - begin);
    const int32_t last_read = (last - 1) * shape.stride_h + (shape.kernel_h - 1) * shape.dilation_h;
    const ConstImage input = s.input.Stage(n, first * shape.stride_h, last_read, scratch);
    const Image output = {s.output.pixels + static_cast<size_t>(n) * s.output.image, s.output.row};
    s.kernel->run(shape, s.parameters, s.packed, input, output, first, last, kernel_scratch);
    begin += last - first;
  }
}

// What convolution and depthwise share before a kernel is chosen.
template <typename Parameters>
bool BindParameters(const BindContext& c, Parameters* p) {
  if (!BindRequantization(c, c.Output(0).dims[3], 7, &p->output)) return false;
  p->weights = c.InputData<int8_t>(1);
  p->bias = c.HasInput(2) ? c.InputData<int32_t>(2) : nullptr;
  p->weight_zero_point = c.Input(1).zero_point;
  p->input_zero_point = SignedZeroPoint(c.Input(0));
  return true;
}

// And with shape, parameters and kernel.
template <typename State>
bool Finish(BindContext* context, State* s, BoundOp* bound) {
  const BindContext& c = *context;
  const PlanTensor& x = c.Input(0);
  s->parameters.input_flip = WantedFlip(*s->kernel, FlipOf(x));
  s->input = StagedInput::Make(x, c.InputImage(0), ExtentOf(c), s->parameters.input_flip);
  s->output = c.OutputImage(0);
  *bound = {Run<State>, s, x.dims[0] * s->shape.out_h, s->kernel->name};
  return PackWeights(context, s) &&
         context->NeedScratch(s->input.scratch_bytes() + s->kernel->scratch_bytes(s->shape));
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
  if (s == nullptr || !BindParameters(c, &s->parameters)) return false;
  s->shape = {x.dims[3],      y.dims[1],      y.dims[2],      y.dims[3],      w.dims[1], w.dims[2],
              c.Parameter(0), c.Parameter(1), c.Parameter(2), c.Parameter(3), groups};
  s->kernel = &SelectConv(UsableFeatures(c), s->shape, s->parameters);
  return Finish(context, s, bound);
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
  if (s == nullptr || !BindParameters(c, &s->parameters)) return false;
  s->shape = {x.dims[3],      y.dims[1],      y.dims[2],      w.dims[1],     w.dims[2],
              c.Parameter(0), c.Parameter(1), c.Parameter(2), c.Parameter(3)};
  s->kernel = &SelectDepthwise(UsableFeatures(c));
  return Finish(context, s, bound);
}

}  // namespace weightfold
