// COMPARE: operation (the number of CompareOp); for int8 behind it multiplier, shift of input 0 and input 1.
// SELECT: none. Inputs: condition, what is chosen where it holds, and where not. All tensors of either have
// as many elements.
#include "kernels/compare/compare.h"
#include "kernels/select/select.h"
#include "plan/bind_units.h"

namespace weightfold {
namespace {

struct CompareState {
  int32_t units;
  int64_t elements;
  CompareOp op;
  CompareType type;
  const void* input[2];
  uint8_t* output;
  CompareTable table;
};

struct SelectState {
  int32_t units;
  int64_t elements;
  size_t element_bytes;
  const uint8_t* condition;
  const void* input[2];
  void* output;
};

void RunCompare(const CompareState& s, int32_t begin, int32_t end) {
  Compare(s.op, s.type, s.table, s.input[0], s.input[1], s.output, FirstElement(begin),
          LastElement(end, s.elements));
}

void RunSelect(const SelectState& s, int32_t begin, int32_t end) {
  Select(s.element_bytes, s.condition, s.input[0], s.input[1], s.output, FirstElement(begin),
         LastElement(end, s.elements));
}

bool TypeOf(const BindContext& c, CompareType* type) {
  switch (c.InputType(0)) {
    case DataType::kInt8:
      *type = CompareType::kCodes;
      return true;
    case DataType::kInt32:
      *type = CompareType::kInt32;
      return true;
    case DataType::kInt64:
      *type = CompareType::kInt64;
      return true;
    case DataType::kFloat32:
      *type = CompareType::kFloat32;
      return true;
    default:
      *type = CompareType::kBool;
      return c.ExpectInput(0, DataType::kBool);
  }
}

bool ExpectOperation(const BindContext& c, CompareType type) {
  if (!c.ExpectCounts(2, 1, type == CompareType::kCodes ? 5 : 1)) return false;
  const bool truth = type == CompareType::kBool;
  const CompareOp last = truth ? CompareOp::kNotBoth : CompareOp::kLessEqual;
  return c.ExpectRange("operation", c.Parameter(0), 0, static_cast<int32_t>(last)) &&
         (type != CompareType::kCodes || (ExpectScale(c, 1, 0) && ExpectScale(c, 3, 0)));
}

}  // namespace

bool BindCompare(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  CompareType type;
  if (!c.ExpectInput(0) || !TypeOf(c, &type) || !ExpectOperation(c, type) ||
      !c.ExpectInput(1, c.InputType(0)) || !c.ExpectOutput(0, DataType::kBool) || !ExpectSameElements(c) ||
      !c.ExpectEqual("elements of an input", Elements(c.Input(1)), Elements(c.Output(0)))) {
    return false;
  }
  CompareState* s = context->NewState<CompareState>();
  if (s == nullptr) return false;
  s->elements = Elements(c.Output(0));
  s->units = ElementUnits(s->elements);
  s->op = static_cast<CompareOp>(c.Parameter(0));
  s->type = type;
  for (uint32_t i = 0; i < 2; ++i) s->input[i] = c.InputData<void>(i);
  s->output = c.OutputData<uint8_t>(0);
  if (type == CompareType::kCodes) {
    const int32_t zero_point[2] = {c.Input(0).zero_point, c.Input(1).zero_point};
    const int32_t multiplier[2] = {c.Parameter(1), c.Parameter(3)};
    const int32_t shift[2] = {c.Parameter(2), c.Parameter(4)};
    MakeCompareTable(zero_point, multiplier, shift, &s->table);
  }
  SetRun<CompareState, RunCompare>(s, bound);
  return true;
}

bool BindSelect(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!c.ExpectCounts(3, 1, 0) || !c.ExpectInput(0, DataType::kBool) || !ExpectSameElements(c) ||
      !c.ExpectOutput(0)) {
    return false;
  }
  for (uint32_t i = 1; i < 3; ++i) {
    if (!c.ExpectInput(i, c.OutputType(0)) ||
        !c.ExpectEqual("elements of an input", Elements(c.Input(i)), Elements(c.Output(0)))) {
      return false;
    }
  }
  SelectState* s = context->NewState<SelectState>();
  if (s == nullptr) return false;
  s->elements = Elements(c.Output(0));
  s->units = ElementUnits(s->elements);
  s->element_bytes = ElementBytes(c.Output(0));
  s->condition = c.InputData<uint8_t>(0);
  for (uint32_t i = 0; i < 2; ++i) s->input[i] = c.InputData<void>(i + 1);
  s->output = c.OutputData<void>(0);
  SetRun<SelectState, RunSelect>(s, bound);
  return true;
}

}  // namespace weightfold
