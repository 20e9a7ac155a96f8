// FULLY_CONNECTED. Parameters: min; max; rounding. Rows: all elements of the input over the depth of the
// weights.
#include "kernels/fully_connected/fully_connected.h"
#include "plan/bind_requantization.h"

namespace weightfold {
namespace {

struct State {
  const FullyConnectedKernel* kernel;
  FullyConnectedShape shape;
  FullyConnectedParameters parameters;
  void* packed;
  const int8_t* input;
  int8_t* output;
};

}  // namespace

bool BindFullyConnected(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!c.ExpectCounts(5, 1, 3) || !c.ExpectInput(0, DataType::kInt8) ||
      !c.ExpectConstant(1, DataType::kInt8) || !c.ExpectOutput(0, DataType::kInt8) ||
      !c.ExpectEqual("rank of the weights", c.Input(1).rank, 2) ||
      !c.ExpectEqual("zero point of the weights", c.Input(1).zero_point, 0) ||
      !c.ExpectRange("zero point of the input", c.Input(0).zero_point, -128, 127)) {
    return false;
  }
  const PlanTensor& w = c.Input(1);
  const int32_t out = w.dims[0], in = w.dims[1];
  const int64_t rows = Elements(c.Input(0)) / in;
  if (!c.ExpectEqual("input elements % depth", Elements(c.Input(0)) % in, 0) ||
      !c.ExpectEqual("output elements", Elements(c.Output(0)), rows * out)) {
    return false;
  }
  State* s = context->NewState<State>();
  if (s == nullptr || !BindRequantization(c, out, 0, &s->parameters.output)) return false;
  s->shape = {static_cast<int32_t>(rows), in, out};
  s->parameters.weights = c.InputData<int8_t>(1);
  s->parameters.bias = c.HasInput(2) ? c.InputData<int32_t>(2) : nullptr;
  s->parameters.input_zero_point = c.Input(0).zero_point;
  s->kernel = &SelectFullyConnected(c.features);
  s->input = c.InputData<int8_t>(0);
  s->output = c.OutputData<int8_t>(0);
  *bound = {RunKernel<State>, s};
  return BindKernel(context, s);
}

}  // namespace weightfold
