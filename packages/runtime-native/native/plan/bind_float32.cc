// FLOAT_UNARY, FLOAT_BINARY: operation (the number of FloatUnary, FloatBinary); bits of the smallest and the
// largest output, float32. FLOAT_SOFTMAX: bits of beta.
#include <cstring>

#include "kernels/float32/float32.h"
#include "plan/bind_units.h"

namespace weightfold {
namespace {

template <typename Op>
struct FloatState {
  int32_t units;
  int64_t elements;
  Op op;
  FloatRange range;
  const float* input[2];
  float* output;
};

struct SoftmaxFloatState {
  int32_t units, depth;
  float beta;
  const float* input;
  float* output;
};

float FloatParameter(const BindContext& c, uint32_t i) {
  const int32_t bits = c.Parameter(i);
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

void RunUnary(const FloatState<FloatUnary>& s, int32_t begin, int32_t end) {
  ApplyFloat(s.op, s.range, s.input[0], s.output, FirstElement(begin), LastElement(end, s.elements));
}

void RunBinary(const FloatState<FloatBinary>& s, int32_t begin, int32_t end) {
  ApplyFloat(s.op, s.range, s.input[0], s.input[1], s.output, FirstElement(begin),
             LastElement(end, s.elements));
}

void RunSoftmax(const SoftmaxFloatState& s, int32_t begin, int32_t end) {
  SoftmaxFloat(s.depth, s.beta, s.input, s.output, begin, end);
}

template <typename Op, void (*kRun)(const FloatState<Op>&, int32_t, int32_t)>
bool BindFloat(BindContext* context, BoundOp* bound, uint32_t inputs, Op last) {
  const BindContext& c = *context;
  if (!c.ExpectCounts(inputs, 1, 3) || !c.ExpectOutput(0, DataType::kFloat32) ||
      !c.ExpectRange("operation", c.Parameter(0), 0, static_cast<int32_t>(last))) {
    return false;
  }
  for (uint32_t i = 0; i < inputs; ++i) {
    if (!c.ExpectInput(i, DataType::kFloat32) ||
        !c.ExpectEqual("elements of an input", Elements(c.Input(i)), Elements(c.Output(0)))) {
      return false;
    }
  }
  FloatState<Op>* s = context->NewState<FloatState<Op>>();
  if (s == nullptr) return false;
  s->elements = Elements(c.Output(0));
  s->units = ElementUnits(s->elements);
  s->op = static_cast<Op>(c.Parameter(0));
  s->range = {FloatParameter(c, 1), FloatParameter(c, 2)};
  for (uint32_t i = 0; i < inputs; ++i) s->input[i] = c.InputData<float>(i);
  s->output = c.OutputData<float>(0);
  SetRun<FloatState<Op>, kRun>(s, bound);
  return true;
}

}  // namespace

bool BindFloatUnary(BindContext* context, BoundOp* bound) {
  return BindFloat<FloatUnary, RunUnary>(context, bound, 1, FloatUnary::kClamp);
}

bool BindFloatBinary(BindContext* context, BoundOp* bound) {
  return BindFloat<FloatBinary, RunBinary>(context, bound, 2, FloatBinary::kFloorMod);
}

bool BindFloatSoftmax(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!c.ExpectCounts(1, 1, 1) || !c.ExpectInput(0, DataType::kFloat32) ||
      !c.ExpectOutput(0, DataType::kFloat32) || !ExpectSameElements(c) ||
      !c.ExpectRange("rank of the input", c.Input(0).rank, 1, kMaxRank)) {
    return false;
  }
  SoftmaxFloatState* s = context->NewState<SoftmaxFloatState>();
  if (s == nullptr) return false;
  s->depth = c.Input(0).dims[c.Input(0).rank - 1];
  s->units = static_cast<int32_t>(Elements(c.Input(0)) / s->depth);
  s->beta = FloatParameter(c, 0);
  s->input = c.InputData<float>(0);
  s->output = c.OutputData<float>(0);
  SetRun<SoftmaxFloatState, RunSoftmax>(s, bound);
  return true;
}

}  // namespace weightfold
