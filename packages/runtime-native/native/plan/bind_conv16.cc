// CONV_2D_16: stride h, w; dilation h, w; pad top, left; groups; min; max. FULLY_CONNECTED_16: min; max.
// Inputs: 0 x, 1 weights, 2 bias or none, 3 multipliers, 4 shifts. Sums have the type of the bias; without
// one, the last parameter of both tells: 0 int32, 1 int64.
#include "kernels/conv/int16.h"
#include "plan/bind_scales.h"

namespace weightfold {
namespace {

constexpr int32_t kMaxStep = 1 << 12;
constexpr uint32_t kConvParameters = 10, kFullyConnectedParameters = 3;

struct State {
  Conv16Shape shape;
  Conv16Parameters parameters;
  const int16_t* input;
  int16_t* output;
};

template <typename Sum>
void Run(const void* opaque, void*, int32_t begin, int32_t end) {
  const State& s = *static_cast<const State*>(opaque);
  Conv16<Sum>(s.shape, s.parameters, s.input, s.output, begin, end);
}

bool CheckTensors(const BindContext& c, uint32_t parameters) {
  return c.ExpectCounts(5, 1, parameters) && c.ExpectInput(0, DataType::kInt16) &&
         c.ExpectConstant(1, DataType::kInt8) && c.ExpectOutput(0, DataType::kInt16) &&
         c.ExpectEqual("zero point of the input", c.Input(0).zero_point, 0) &&
         c.ExpectEqual("zero point of the output", c.Output(0).zero_point, 0);
}

bool CheckWindows(const BindContext& c) {
  for (uint32_t i = 0; i < 4; ++i) {
    if (!c.ExpectRange("stride or dilation", c.Parameter(i), 1, kMaxStep)) return false;
  }
  for (uint32_t axis = 0; axis < 2; ++axis) {
    if (!c.ExpectRange("kernel size", c.Input(1).dims[1 + axis], 1, kMaxStep) ||
        !c.ExpectRange("output size", c.Output(0).dims[1 + axis], 1, 1 << 16) ||
        !c.ExpectRange("padding", c.Parameter(4 + axis), 0, kMaxStep * kMaxStep)) {
      return false;
    }
  }
  return true;
}

bool CheckChannels(const BindContext& c, int32_t channels, bool wide) {
  for (uint32_t i = 3; i < 5; ++i) {
    if (!c.ExpectConstant(i, DataType::kInt32) ||
        !c.ExpectEqual("channels", Elements(c.Input(i)), channels)) {
      return false;
    }
  }
  for (int32_t i = 0; i < channels; ++i) {
    if (!c.ExpectRange("multiplier", c.InputData<int32_t>(3)[i], 0, INT32_MAX) ||
        !c.ExpectRange("shift", c.InputData<int32_t>(4)[i], -31, wide ? kMaxWideShift : kMaxShift)) {
      return false;
    }
  }
  if (!c.HasInput(2)) return true;
  if (!c.ExpectConstant(2, wide ? DataType::kInt64 : DataType::kInt32) ||
      !c.ExpectEqual("channels", Elements(c.Input(2)), channels)) {
    return false;
  }
  for (int32_t i = 0; wide && i < channels; ++i) {
    if (!c.ExpectRange("bias", c.InputData<int64_t>(2)[i], -kMaxWideBias, kMaxWideBias)) return false;
  }
  return true;
}

// What is the same once the shape is there; `first` is the parameter of the smallest code.
bool Finish(BindContext* context, const Conv16Shape& shape, uint32_t first, BoundOp* bound) {
  const BindContext& c = *context;
  const int32_t min = c.Parameter(first), max = c.Parameter(first + 1);
  const bool wide = c.Parameter(first + 2) != 0;
  const int64_t products =
      static_cast<int64_t>(shape.kernel_h) * shape.kernel_w * (shape.in_c / shape.groups);
  if (!c.ExpectRange("activation minimum", min, INT16_MIN, INT16_MAX) ||
      !c.ExpectRange("activation maximum", max, min, INT16_MAX) ||
      !c.ExpectRange("wide sums", c.Parameter(first + 2), 0, 1) ||
      !c.ExpectLimit("products in a sum", products, kMaxWideProducts,
                     "split the layer by input channels, and add the results") ||
      !CheckChannels(c, shape.out_c, wide)) {
    return false;
  }
  State* s = context->NewState<State>();
  if (s == nullptr) return false;
  s->shape = shape;
  s->parameters = {c.InputData<int8_t>(1),
                   c.Input(1).zero_point,
                   c.HasInput(2) ? c.InputData<uint8_t>(2) : nullptr,
                   c.InputData<int32_t>(3),
                   c.InputData<int32_t>(4),
                   min,
                   max};
  s->input = c.InputData<int16_t>(0);
  s->output = c.OutputData<int16_t>(0);
  *bound = {wide ? Run<int64_t> : Run<int32_t>, s, shape.batch * shape.out_h};
  return true;
}

}  // namespace

bool BindConv2d16(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!CheckTensors(c, kConvParameters) || !c.ExpectEqual("rank of the input", c.Input(0).rank, 4) ||
      !c.ExpectEqual("rank of the weights", c.Input(1).rank, 4) ||
      !c.ExpectEqual("rank of the output", c.Output(0).rank, 4)) {
    return false;
  }
  const int32_t *x = c.Input(0).dims, *w = c.Input(1).dims, *y = c.Output(0).dims, groups = c.Parameter(6);
  if (!CheckWindows(c) || !c.ExpectRange("groups", groups, 1, x[3]) || !c.ExpectEqual("batch", y[0], x[0]) ||
      !c.ExpectEqual("input channels % groups", x[3] % groups, 0) ||
      !c.ExpectEqual("output channels % groups", y[3] % groups, 0) ||
      !c.ExpectEqual("input channels of the weights", w[3], x[3] / groups) ||
      !c.ExpectEqual("output channels of the weights", w[0], y[3]) ||
      !c.ExpectRange("images × rows", static_cast<int64_t>(x[0]) * y[1], 1, INT32_MAX)) {
    return false;
  }
  const Conv16Shape shape = {x[0],           x[1],           x[2],           x[3],
                             y[1],           y[2],           y[3],           w[1],
                             w[2],           c.Parameter(0), c.Parameter(1), c.Parameter(2),
                             c.Parameter(3), c.Parameter(4), c.Parameter(5), groups};
  return Finish(context, shape, 7, bound);
}

// A 1 × 1 convolution of one image with a pixel for each row.
bool BindFullyConnected16(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!CheckTensors(c, kFullyConnectedParameters) ||
      !c.ExpectEqual("rank of the weights", c.Input(1).rank, 2)) {
    return false;
  }
  const int32_t out = c.Input(1).dims[0], in = c.Input(1).dims[1];
  const int64_t rows = Elements(c.Input(0)) / in;
  if (!c.ExpectEqual("input elements % depth", Elements(c.Input(0)) % in, 0) ||
      !c.ExpectEqual("output elements", Elements(c.Output(0)), rows * out)) {
    return false;
  }
  const int32_t pixels = static_cast<int32_t>(rows);
  return Finish(context, {1, pixels, 1, in, pixels, 1, out, 1, 1, 1, 1, 1, 1, 0, 0, 1}, 0, bound);
}

}  // namespace weightfold
