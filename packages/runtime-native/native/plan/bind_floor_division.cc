// FLOOR_DIVISION: 0 for quotients, 1 for remainders. All tensors have one type and as many elements.
#include "kernels/floor_division/floor_division.h"
#include "plan/bind_units.h"

namespace weightfold {
namespace {

struct State {
  int32_t units;
  int64_t elements;
  FloorOp op;
  FloorType type;
  const void* input[2];
  void* output;
};

void Run(const State& s, int32_t begin, int32_t end) {
  FloorDivision(s.op, s.type, s.input[0], s.input[1], s.output, FirstElement(begin),
                LastElement(end, s.elements));
}

bool TypeOf(const BindContext& c, FloorType* type) {
  switch (c.InputType(0)) {
    case DataType::kInt8:
      *type = FloorType::kInt8;
      return true;
    case DataType::kInt16:
      *type = FloorType::kInt16;
      return true;
    case DataType::kInt64:
      *type = FloorType::kInt64;
      return true;
    default:
      *type = FloorType::kInt32;
      return c.ExpectInput(0, DataType::kInt32);
  }
}

}  // namespace

bool BindFloorDivision(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  FloorType type;
  if (!c.ExpectCounts(2, 1, 1) || !c.ExpectRange("operation", c.Parameter(0), 0, 1) || !c.ExpectInput(0) ||
      !TypeOf(c, &type) || !c.ExpectInput(1, c.InputType(0)) || !c.ExpectOutput(0, c.InputType(0)) ||
      !ExpectSameElements(c) ||
      !c.ExpectEqual("elements of an input", Elements(c.Input(1)), Elements(c.Output(0)))) {
    return false;
  }
  State* s = context->NewState<State>();
  if (s == nullptr) return false;
  s->elements = Elements(c.Output(0));
  s->units = ElementUnits(s->elements);
  s->op = static_cast<FloorOp>(c.Parameter(0));
  s->type = type;
  for (uint32_t i = 0; i < 2; ++i) s->input[i] = c.InputData<void>(i);
  s->output = c.OutputData<void>(0);
  SetRun<State, Run>(s, bound);
  return true;
}

}  // namespace weightfold
