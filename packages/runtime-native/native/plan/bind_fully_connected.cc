// FULLY_CONNECTED. Parameters: min; max; rounding. Rows: all elements of the input over the depth of the
// weights.
#include "kernels/fully_connected/fully_connected.h"
#include "plan/bind_requantization.h"
#include "plan/staged_input.h"

namespace weightfold {
namespace {

struct State {
  const FullyConnectedKernel* kernel;
  FullyConnectedShape shape;
  FullyConnectedParameters parameters;
  void* packed;
  bool flips;  // the kernel wants the other kind of codes
  const uint8_t* input;
  uint8_t* output;

  size_t input_bytes() const { return static_cast<size_t>(shape.rows) * shape.in; }
  size_t staged_bytes() const { return flips ? RoundUp(input_bytes() + kReadSlack, 64) : 0; }
};

// A unit is as many output channels as the kernel computes together.
void Run(const void* opaque, void* scratch, int32_t begin, int32_t end) {
  const State& s = *static_cast<const State*>(opaque);
  uint8_t* staged = static_cast<uint8_t*>(scratch);
  if (s.flips) CopyCodes(staged, s.input, s.input_bytes(), kUnsignedFlip);
  s.kernel->run(s.shape, s.parameters, s.packed, s.flips ? staged : s.input, s.output, begin, end,
                staged + s.staged_bytes());
}

}  // namespace

bool BindFullyConnected(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!c.ExpectCounts(5, 1, 3) || !c.ExpectInputCodes(0, Border::kNone) ||
      !c.ExpectConstant(1, DataType::kInt8) || !c.ExpectOutputCodes(0, Border::kNone) ||
      !c.ExpectEqual("rank of the weights", c.Input(1).rank, 2)) {
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
  s->parameters.weight_zero_point = w.zero_point;
  s->parameters.input_zero_point = SignedZeroPoint(c.Input(0));
  s->kernel = &SelectFullyConnected(UsableFeatures(c), s->shape, s->parameters);
  const uint8_t flip = FlipOf(c.Input(0));
  s->parameters.input_flip = WantedFlip(*s->kernel, flip);
  s->flips = flip != s->parameters.input_flip;
  s->input = c.InputData<uint8_t>(0);
  s->output = c.OutputData<uint8_t>(0);
  *bound = {Run, s, (out + s->kernel->unit - 1) / s->kernel->unit, s->kernel->name};
  return PackWeights(context, s) &&
         context->NeedScratch(s->staged_bytes() + s->kernel->scratch_bytes(s->shape));
}

}  // namespace weightfold
