// ADD_N: left shift; multiplier, shift of the inputs and of the output. CUMSUM: the same; axis; exclusive;
// reverse.
#include "kernels/sums/sums.h"
#include "plan/bind_units.h"

namespace weightfold {
namespace {

struct AddNState {
  SumParameters parameters;
  int32_t inputs, units;
  const int8_t** input;
  int8_t* output;
};

struct CumsumState {
  SumParameters parameters;
  CumsumShape shape;
  int32_t units;
  const int8_t* input;
  int8_t* output;
};

void RunAddN(const AddNState& s, int32_t begin, int32_t end) {
  AddN(s.parameters, s.inputs, s.input, s.output, begin, end);
}
void RunCumsum(const CumsumState& s, int32_t begin, int32_t end) {
  Cumsum(s.parameters, s.shape, s.input, s.output, begin, end);
}

bool FillParameters(const BindContext& c, SumParameters* p) {
  if (!c.ExpectRange("left shift", c.Parameter(0), 0, 22) || !ExpectScale(c, 1, 0) ||
      !ExpectScale(c, 3, 30)) {
    return false;
  }
  *p = {c.Parameter(0),         c.Input(0).zero_point, c.Parameter(1), c.Parameter(2),
        c.Output(0).zero_point, c.Parameter(3),        c.Parameter(4)};
  return true;
}

}  // namespace

bool BindAddN(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!c.ExpectCounts(1, 1, 5) || !ExpectInt8(c)) return false;
  const uint32_t count = c.input_count();
  AddNState* s = context->NewState<AddNState>();
  const int8_t** input = static_cast<const int8_t**>(context->Allocate(count * sizeof(int8_t*)));
  if (s == nullptr || input == nullptr || !FillParameters(c, &s->parameters)) return false;
  for (uint32_t i = 0; i < count; ++i) {
    if (!c.ExpectInput(i, DataType::kInt8) ||
        !c.ExpectEqual("zero point of an input", c.Input(i).zero_point, c.Input(0).zero_point) ||
        !c.ExpectEqual("elements of an input", Elements(c.Input(i)), Elements(c.Output(0)))) {
      return false;
    }
    input[i] = c.InputData<int8_t>(i);
  }
  s->inputs = static_cast<int32_t>(count);
  s->units = static_cast<int32_t>(Elements(c.Output(0)));
  s->input = input;
  s->output = c.OutputData<int8_t>(0);
  SetRun<AddNState, RunAddN>(s, bound);
  return true;
}

bool BindCumsum(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!c.ExpectCounts(1, 1, 8) || !ExpectInt8(c) || !ExpectSameElements(c) ||
      !c.ExpectRange("rank of the input", c.Input(0).rank, 1, kMaxRank) ||
      !c.ExpectRange("axis", c.Parameter(5), 0, c.Input(0).rank - 1) ||
      !c.ExpectRange("exclusive", c.Parameter(6), 0, 1) || !c.ExpectRange("reverse", c.Parameter(7), 0, 1)) {
    return false;
  }
  CumsumState* s = context->NewState<CumsumState>();
  if (s == nullptr || !FillParameters(c, &s->parameters)) return false;
  const PlanTensor& x = c.Input(0);
  const uint32_t axis = static_cast<uint32_t>(c.Parameter(5));
  s->shape = {x.dims[axis], Product(x, axis + 1, x.rank), c.Parameter(6) == 1, c.Parameter(7) == 1};
  s->units = Product(x, 0, axis);
  s->input = c.InputData<int8_t>(0);
  s->output = c.OutputData<int8_t>(0);
  SetRun<CumsumState, RunCumsum>(s, bound);
  return true;
}

}  // namespace weightfold
