// SVDF: multiplier, shift into the state; multiplier, shift of the output.
// UNIDIRECTIONAL_SEQUENCE_LSTM: time major; clip of the cells, in codes; multiplier, shift of the cells for
// tanh; then eleven pairs of multiplier and shift: for each gate (input, forget, cell, output) of its input
// and of its hidden state; forget gate × cell, input gate × cell gate, output gate × tanh.
#include "kernels/lstm/lstm.h"
#include "kernels/svdf/svdf.h"
#include "plan/bind_scales.h"

namespace weightfold {
namespace {

// T: the type of the state; see Svdf and Lstm.
template <typename T>
constexpr DataType TypeOf() {
  return sizeof(T) == 1 ? DataType::kInt8 : sizeof(T) == 2 ? DataType::kInt16 : DataType::kInt32;
}

bool CheckMatrix(const BindContext& c, uint32_t i, DataType type, int64_t rows, int64_t columns) {
  return c.ExpectConstant(i, type) && c.ExpectEqual("rank of the weights", c.Input(i).rank, 2) &&
         c.ExpectEqual("rows of the weights", c.Input(i).dims[0], rows) &&
         c.ExpectEqual("columns of the weights", c.Input(i).dims[1], columns);
}

struct SvdfState {
  SvdfShape shape;
  SvdfParameters parameters;
  const SvdfKernel* kernel;
  void* packed;
  const int8_t* input;
  void* state;
  int8_t* output;
};

void RunSvdf(const void* opaque, void*, int32_t, int32_t) {
  const SvdfState& op = *static_cast<const SvdfState*>(opaque);
  op.kernel->run(op.shape, op.parameters, op.packed, op.input, op.state, op.output);
}

// Inputs: x, feature weights, time weights, bias or none, state. State: the type of the last, and of the time
// weights.
template <typename State>
bool BindSvdfOf(BindContext* context, const SvdfShape& shape, BoundOp* bound) {
  const BindContext& c = *context;
  const int64_t remembered = static_cast<int64_t>(shape.batch) * shape.filters * shape.memory;
  if (!c.ExpectConstant(2, TypeOf<State>()) || !c.ExpectState(4, TypeOf<State>()) ||
      !c.ExpectEqual("elements of the state", Elements(c.Input(4)), remembered)) {
    return false;
  }
  auto* s = context->NewState<SvdfState>();
  if (s == nullptr) return false;
  s->shape = shape;
  s->shape.state_bytes = sizeof(State);
  SvdfParameters& p = s->parameters;
  if (!ReadScale(c, 0, kMaxShift, &p.feature) || !ReadScale(c, 2, kMaxShift, &p.output)) return false;
  p.feature_weights = c.InputData<int8_t>(1);
  p.time_weights = c.InputData<State>(2);
  p.bias = c.HasInput(3) ? c.InputData<int32_t>(3) : nullptr;
  p.input_zero_point = c.Input(0).zero_point;
  p.state_zero_point = c.Input(4).zero_point;
  p.output_zero_point = c.Output(0).zero_point;
  s->kernel = &SelectSvdf(c.features, s->shape, p);
  s->packed = context->Allocate(s->kernel->packed_bytes(s->shape));
  if (s->packed == nullptr) return false;
  s->kernel->pack(s->shape, p, s->packed);
  s->input = c.InputData<int8_t>(0);
  s->state = c.StateData<State>(4);
  s->output = c.OutputData<int8_t>(0);
  *bound = {RunSvdf, s, 1, s->kernel->name};
  return true;
}

constexpr uint32_t kScalesOfLstm = 4;  // parameters before the pairs

template <typename Activation, typename Sum>
struct LstmState {
  LstmShape shape;
  LstmParameters<Sum> parameters;
  const Activation* input;
  Activation *hidden, *output;
  int16_t* cell;
};

// Weights of the input at `gate` + 1, of the hidden state four behind them, biases four behind these.
template <typename Sum>
bool BindGate(const BindContext& c, const LstmShape& shape, uint32_t gate, LstmGate<Sum>* g) {
  constexpr DataType kSum = sizeof(Sum) == 4 ? DataType::kInt32 : DataType::kInt64;
  constexpr int32_t kShift = sizeof(Sum) == 4 ? kMaxShift : kMaxWideShift;
  const uint32_t weights = 1 + gate, recurrent = 5 + gate, bias = 9 + gate;
  const uint32_t pair = kScalesOfLstm + 4 * gate;
  if (!CheckMatrix(c, weights, DataType::kInt8, shape.cells, shape.inputs) ||
      !CheckMatrix(c, recurrent, DataType::kInt8, shape.cells, shape.cells) ||
      !ReadScale(c, pair, kShift, &g->input) || !ReadScale(c, pair + 2, kShift, &g->recurrent)) {
    return false;
  }
  if (c.HasInput(bias)) {
    if (!c.ExpectConstant(bias, kSum) ||
        !c.ExpectEqual("elements of the bias", Elements(c.Input(bias)), shape.cells)) {
      return false;
    }
    g->bias = c.InputData<Sum>(bias);
    for (int32_t i = 0; i < shape.cells; ++i) {
      if (!c.ExpectRange("bias", g->bias[i], -kMaxWideBias, kMaxWideBias)) return false;
    }
  }
  g->input_weights = c.InputData<int8_t>(weights);
  g->recurrent_weights = c.InputData<int8_t>(recurrent);
  return true;
}

bool CheckLstmTensors(const BindContext& c, DataType activation, LstmShape* shape) {
  if (!c.ExpectCounts(16, 1, kScalesOfLstm + 22) || !c.ExpectInput(0, activation) ||
      !c.ExpectState(13, activation) || !c.ExpectState(14, DataType::kInt16) || !ExpectSigmoidTable(c, 15) ||
      !c.ExpectOutput(0, activation) || !c.ExpectEqual("rank of the input", c.Input(0).rank, 3) ||
      !c.ExpectEqual("rank of the output", c.Output(0).rank, 3) ||
      !c.ExpectRange("time major", c.Parameter(0), 0, 1)) {
    return false;
  }
  const int32_t *x = c.Input(0).dims, *y = c.Output(0).dims;
  const bool time_major = c.Parameter(0) == 1;
  *shape = {x[time_major ? 1 : 0], x[time_major ? 0 : 1], x[2], y[2], time_major};
  const int64_t states = static_cast<int64_t>(shape->batch) * shape->cells;
  return c.ExpectEqual("first size of the output", y[0], x[0]) &&
         c.ExpectEqual("second size of the output", y[1], x[1]) &&
         c.ExpectEqual("elements of the hidden state", Elements(c.Input(13)), states) &&
         c.ExpectEqual("elements of the cells", Elements(c.Input(14)), states);
}

template <typename Activation, typename Sum>
bool BindLstmOf(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  auto* s = context->NewState<LstmState<Activation, Sum>>();
  if (s == nullptr || !CheckLstmTensors(c, TypeOf<Activation>(), &s->shape)) return false;
  LstmParameters<Sum>& p = s->parameters;
  p.cell_clip = c.Parameter(1);
  if (!c.ExpectRange("clip of the cells", p.cell_clip, 0, INT16_MAX) || !ReadSigmoidScale(c, 2, &p.cell)) {
    return false;
  }
  for (uint32_t gate = 0; gate < kLstmGates; ++gate) {
    if (!BindGate(c, s->shape, gate, &p.gates[gate])) return false;
  }
  if (!ReadScale(c, kScalesOfLstm + 16, kMaxShift, &p.forget_cell) ||
      !ReadScale(c, kScalesOfLstm + 18, kMaxShift, &p.input_cell) ||
      !ReadScale(c, kScalesOfLstm + 20, kMaxShift, &p.output)) {
    return false;
  }
  p.input_zero_point = c.Input(0).zero_point;
  p.output_zero_point = c.Output(0).zero_point;
  p.sigmoid = c.InputData<uint16_t>(15);
  s->input = c.InputData<Activation>(0);
  s->hidden = c.StateData<Activation>(13);
  s->cell = c.StateData<int16_t>(14);
  s->output = c.OutputData<Activation>(0);
  *bound = {[](const void* opaque, void* scratch, int32_t, int32_t) {
              const auto& op = *static_cast<const LstmState<Activation, Sum>*>(opaque);
              Lstm(op.shape, op.parameters, op.input, op.hidden, op.cell, op.output, scratch);
            },
            s, 1};
  return context->NeedScratch(LstmScratchBytes(s->shape));
}

}  // namespace

bool BindSvdf(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!c.ExpectCounts(5, 1, 4) || !c.ExpectInput(0, DataType::kInt8) || !c.ExpectOutput(0, DataType::kInt8) ||
      !c.ExpectConstant(1, DataType::kInt8) || !c.ExpectEqual("rank of the input", c.Input(0).rank, 2) ||
      !c.ExpectEqual("rank of the output", c.Output(0).rank, 2) || !c.ExpectInput(2) || !c.ExpectInput(4) ||
      !c.ExpectEqual("rank of the weights", c.Input(2).rank, 2)) {
    return false;
  }
  const PlanTensor &x = c.Input(0), &time = c.Input(2), &y = c.Output(0);
  const SvdfShape shape = {x.dims[0], x.dims[1], time.dims[0], time.dims[1], y.dims[1], 0};
  if (!c.ExpectEqual("batch", y.dims[0], shape.batch) ||
      !c.ExpectRange("inputs", shape.inputs, 1, kMaxSvdfInputs) ||
      !CheckMatrix(c, 1, DataType::kInt8, shape.filters, shape.inputs) ||
      !c.ExpectEqual("filters % units", shape.filters % shape.units, 0)) {
    return false;
  }
  if (c.HasInput(3) && !(c.ExpectConstant(3, DataType::kInt32) &&
                         c.ExpectEqual("elements of the bias", Elements(c.Input(3)), shape.units))) {
    return false;
  }
  return c.InputType(4) == DataType::kInt8 ? BindSvdfOf<int8_t>(context, shape, bound)
                                           : BindSvdfOf<int16_t>(context, shape, bound);
}

bool BindLstm(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!c.ExpectInput(0)) return false;
  return c.InputType(0) == DataType::kInt8 ? BindLstmOf<int8_t, int32_t>(context, bound)
                                           : BindLstmOf<int16_t, int64_t>(context, bound);
}

}  // namespace weightfold
