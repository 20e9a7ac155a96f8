// SUB, SQUARED_DIFFERENCE: left shift; multiplier, shift of input 0, input 1 and the output; min; max. MUL,
// DIV: multiplier; shift; min; max. MAXIMUM, MINIMUM: none. PRELU: multiplier, shift of what is not negative,
// and of products with the slope.
#include "kernels/binary/binary.h"
#include "kernels/multiply/multiply.h"
#include "plan/bind_units.h"

namespace weightfold {
namespace {

struct State {
  BinaryOp op;
  BinaryParameters parameters;
  BinaryShape shape;
  int32_t units;
  const int8_t* input[2];
  int8_t* output;
};

void Run(const State& s, int32_t begin, int32_t end) {
  Binary(s.op, s.parameters, s.shape, s.input[0], s.input[1], s.output, begin, end);
}

struct MultiplyState {
  const MultiplyKernel* kernel;
  MultiplyParameters parameters;
  void* packed;
  BinaryShape shape;
  int32_t units;
  const int8_t* input[2];
  int8_t* output;
};

void RunMultiply(const MultiplyState& s, int32_t begin, int32_t end) {
  const int32_t last = s.shape.rank - 1, step_a = s.shape.stride[0][last], step_b = s.shape.stride[1][last];
  ForEachRow(s.shape, s.input[0], s.input[1], s.output, begin, end,
             [&](const int8_t* a, const int8_t* b, int8_t* to, size_t count) {
               s.kernel->run(s.parameters, s.packed, a, step_a, b, step_b, to, count);
             });
}

template <typename AnyState>
void FillPlaces(const BindContext& c, AnyState* s) {
  s->units = static_cast<int32_t>(Elements(c.Output(0)) / s->shape.size[s->shape.rank - 1]);
  s->input[0] = c.InputData<int8_t>(0);
  s->input[1] = c.InputData<int8_t>(1);
  s->output = c.OutputData<int8_t>(0);
}

bool ExpectTensors(const BindContext& c, uint32_t parameters) {
  return c.ExpectCounts(2, 1, parameters) && c.ExpectInput(0, DataType::kInt8) &&
         c.ExpectInput(1, DataType::kInt8) && c.ExpectOutput(0, DataType::kInt8);
}

// Dimensions from the innermost: those that both inputs step through like the one inside join it.
bool FillShape(const BindContext& c, BinaryShape* shape) {
  const PlanTensor& y = c.Output(0);
  int32_t elements[2] = {1, 1}, size[kMaxRank], stride[2][kMaxRank], count = 0;
  for (uint32_t i = 0; i < y.rank; ++i) {
    const int32_t n = y.dims[y.rank - 1 - i];
    int32_t step[2];
    for (uint32_t k = 0; k < 2; ++k) {
      const PlanTensor& x = c.Input(k);
      const int32_t own = i < x.rank ? x.dims[x.rank - 1 - i] : 1;
      if (own != 1 && !c.ExpectEqual("size of an input", own, n)) return false;
      step[k] = own == 1 ? 0 : elements[k];
      elements[k] *= own;
    }
    if (n == 1) continue;
    const int32_t inside = count - 1;
    if (count > 0 && step[0] == stride[0][inside] * size[inside] &&
        step[1] == stride[1][inside] * size[inside]) {
      size[inside] *= n;
    } else {
      size[count] = n;
      for (int k = 0; k < 2; ++k) stride[k][count] = step[k];
      ++count;
    }
  }
  for (uint32_t k = 0; k < 2; ++k) {
    if (!c.ExpectEqual("elements of an input", Elements(c.Input(k)), elements[k])) return false;
  }
  if (count == 0) size[count] = 1, stride[0][count] = stride[1][count] = 0, ++count;
  shape->rank = count;
  for (int32_t i = 0; i < count; ++i) {
    shape->size[i] = size[count - 1 - i];
    for (int k = 0; k < 2; ++k) shape->stride[k][i] = stride[k][count - 1 - i];
  }
  return true;
}

bool Finish(BindContext* context, BinaryOp op, BinaryParameters parameters, BoundOp* bound) {
  const BindContext& c = *context;
  State* s = context->NewState<State>();
  if (s == nullptr || !FillShape(c, &s->shape)) return false;
  s->op = op;
  s->parameters = parameters;
  s->parameters.zero_point[0] = c.Input(0).zero_point;
  s->parameters.zero_point[1] = c.Input(1).zero_point;
  s->parameters.output_zero_point = c.Output(0).zero_point;
  FillPlaces(c, s);
  SetRun<State, Run>(s, bound);
  return true;
}

// The differences of both stay in 32 bits: scales are below 1, so 255 × 2^22 is the most of an input.
bool BindDifference(BindContext* context, BinaryOp op, BoundOp* bound) {
  const BindContext& c = *context;
  if (!ExpectTensors(c, 9) || !c.ExpectRange("left shift", c.Parameter(0), 0, 22) || !ExpectScale(c, 1, 0) ||
      !ExpectScale(c, 3, 0) || !ExpectScale(c, 5, 30) || !ExpectCodes(c, 7)) {
    return false;
  }
  BinaryParameters p = {};
  p.left_shift = c.Parameter(0);
  for (uint32_t k = 0; k < 2; ++k) {
    p.multiplier[k] = c.Parameter(1 + 2 * k);
    p.shift[k] = c.Parameter(2 + 2 * k);
  }
  p.output_multiplier = c.Parameter(5);
  p.output_shift = c.Parameter(6);
  p.min = c.Parameter(7);
  p.max = c.Parameter(8);
  return Finish(context, op, p, bound);
}

}  // namespace

bool BindDiv(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!ExpectTensors(c, 4) || !ExpectScale(c, 0, 30) || !ExpectCodes(c, 2)) return false;
  BinaryParameters p = {};
  p.output_multiplier = c.Parameter(0);
  p.output_shift = c.Parameter(1);
  p.min = c.Parameter(2);
  p.max = c.Parameter(3);
  return Finish(context, BinaryOp::kDiv, p, bound);
}

bool BindMul(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!ExpectTensors(c, 4) || !ExpectScale(c, 0, 30) || !ExpectCodes(c, 2)) return false;
  MultiplyState* s = context->NewState<MultiplyState>();
  if (s == nullptr || !FillShape(c, &s->shape)) return false;
  s->parameters = {{c.Input(0).zero_point, c.Input(1).zero_point},
                   c.Output(0).zero_point,
                   c.Parameter(0),
                   c.Parameter(1),
                   c.Parameter(2),
                   c.Parameter(3)};
  s->kernel = &SelectMultiply(c.features);
  s->packed = context->Allocate(s->kernel->packed_bytes);
  if (s->packed == nullptr) return false;
  s->kernel->pack(s->parameters, s->packed);
  FillPlaces(c, s);
  SetRun<MultiplyState, RunMultiply>(s, bound);
  bound->kernel = s->kernel->name;
  return true;
}

bool BindSub(BindContext* context, BoundOp* bound) { return BindDifference(context, BinaryOp::kSub, bound); }
bool BindSquaredDifference(BindContext* context, BoundOp* bound) {
  return BindDifference(context, BinaryOp::kSquaredDifference, bound);
}
bool BindMaximum(BindContext* context, BoundOp* bound) {
  return ExpectTensors(*context, 0) && Finish(context, BinaryOp::kMaximum, {}, bound);
}
bool BindMinimum(BindContext* context, BoundOp* bound) {
  return ExpectTensors(*context, 0) && Finish(context, BinaryOp::kMinimum, {}, bound);
}

bool BindPrelu(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!ExpectTensors(c, 4) || !ExpectScale(c, 0, 30) || !ExpectScale(c, 2, 30)) return false;
  BinaryParameters p = {};
  for (uint32_t k = 0; k < 2; ++k) {
    p.multiplier[k] = c.Parameter(2 * k);
    p.shift[k] = c.Parameter(2 * k + 1);
  }
  p.min = -128;
  p.max = 127;
  return Finish(context, BinaryOp::kPrelu, p, bound);
}

}  // namespace weightfold
