// TABLE: none. Inputs: x, the 256 answers (for code −128 first). CAST: type of the output.
#include "kernels/cast/cast.h"
#include "kernels/requantize/requantize_op.h"
#include "plan/bind_units.h"

namespace weightfold {
namespace {

// So that a unit is worth being given to a thread.
constexpr int64_t kUnitElements = 4096;

struct TableState {
  int32_t units;
  int64_t elements;
  uint8_t table[256];  // by the byte that is stored
  const uint8_t* input;
  uint8_t* output;
};

struct CastState {
  int32_t units;
  int64_t elements;
  CastType from, to;
  const void* input;
  void* output;
};

int32_t UnitsOf(int64_t elements) { return static_cast<int32_t>((elements + kUnitElements - 1) / kUnitElements); }

int64_t EndOf(int64_t elements, int32_t unit) {
  const int64_t end = unit * kUnitElements;
  return end < elements ? end : elements;
}

void RunTable(const TableState& s, int32_t begin, int32_t end) {
  const int64_t first = begin * kUnitElements;
  ApplyTable(s.table, s.input + first, s.output + first, static_cast<size_t>(EndOf(s.elements, end) - first));
}

void RunCast(const CastState& s, int32_t begin, int32_t end) {
  Cast(s.from, s.to, s.input, s.output, static_cast<int32_t>(begin * kUnitElements),
       static_cast<int32_t>(EndOf(s.elements, end)));
}

}  // namespace

bool BindTable(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!c.ExpectCounts(2, 1, 0) || !ExpectInt8(c) || !ExpectSameElements(c) ||
      !c.ExpectConstant(1, DataType::kInt8) || !c.ExpectEqual("entries of the table", Elements(c.Input(1)), 256)) {
    return false;
  }
  TableState* s = context->NewState<TableState>();
  if (s == nullptr) return false;
  const int64_t elements = Elements(c.Output(0));
  s->units = UnitsOf(elements);
  s->elements = elements;
  for (uint32_t code = 0; code < 256; ++code) s->table[code ^ kUnsignedFlip] = c.InputData<uint8_t>(1)[code];
  s->input = c.InputData<uint8_t>(0);
  s->output = c.OutputData<uint8_t>(0);
  SetRun<TableState, RunTable>(s, bound);
  return true;
}

bool BindCast(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!c.ExpectCounts(1, 1, 1) || !ExpectAnyInput(c, 0) ||
      !c.ExpectRange("type of the input", c.Input(0).type, 0, static_cast<int32_t>(DataType::kFloat32)) ||
      !c.ExpectRange("type", c.Parameter(0), 0, static_cast<int32_t>(DataType::kFloat32)) ||
      !c.ExpectOutput(0, static_cast<DataType>(c.Parameter(0))) || !ExpectSameElements(c)) {
    return false;
  }
  CastState* s = context->NewState<CastState>();
  if (s == nullptr) return false;
  const int64_t elements = Elements(c.Output(0));
  // CastType has the numbers of DataType.
  *s = {UnitsOf(elements),
        elements,
        static_cast<CastType>(c.Input(0).type),
        static_cast<CastType>(c.Output(0).type),
        c.InputData<void>(0),
        c.OutputData<void>(0)};
  SetRun<CastState, RunCast>(s, bound);
  return true;
}

}  // namespace weightfold
