// REARRANGE: base; run; fill; sizes of six axes. Inputs: x, tables of all axes one after the other.
// CONCATENATION: rows. GATHER: batch; outer; size of the axis; indices per batch. Inputs: x, indices.
#include "kernels/concatenation/concatenation.h"
#include "kernels/gather/gather.h"
#include "kernels/rearrange/rearrange.h"
#include "plan/bind_units.h"

namespace weightfold {
namespace {

struct RearrangeState {
  RearrangeShape shape;
  int32_t units;
  const uint8_t* input;
  uint8_t* output;
};

struct ConcatenationState {
  ConcatenationShape shape;
  int32_t units;
  const ConcatenationPart* parts;
  uint8_t* output;
};

struct GatherState {
  GatherShape shape;
  int32_t units;
  const uint8_t* input;
  const int32_t* indices;
  uint8_t* output;
};

void RunRearrange(const RearrangeState& s, int32_t begin, int32_t end) {
  Rearrange(s.shape, s.input, s.output, begin, end);
}
void RunConcatenation(const ConcatenationState& s, int32_t begin, int32_t end) {
  Concatenate(s.shape, s.parts, s.output, begin, end);
}
void RunGather(const GatherState& s, int32_t begin, int32_t end) {
  Gather(s.shape, s.input, s.indices, s.output, begin, end);
}

// Sizes and tables of the axes; *last becomes the highest element that the tables reach, *outputs their
// number.
bool FillAxes(const BindContext& c, RearrangeShape* shape, int64_t* last, int64_t* outputs) {
  int64_t entries = 0;
  for (uint32_t i = 0; i < kMaxRearrangeAxes; ++i) {
    const int32_t size = c.Parameter(3 + i);
    if (!c.ExpectRange("size of an axis", size, 1, Elements(c.Input(1)) - entries)) return false;
    const int32_t* table = c.InputData<int32_t>(1) + entries;
    int32_t highest = 0;
    for (int32_t j = 0; j < size; ++j) highest = MaxInt(highest, table[j]);
    shape->size[i] = size;
    shape->table[i] = table;
    *last += highest;
    *outputs *= size;
    entries += size;
    if (!c.ExpectRange("output elements", *outputs, 1, Elements(c.Output(0)))) return false;
  }
  return c.ExpectEqual("entries of the tables", Elements(c.Input(1)), entries);
}

}  // namespace

bool BindRearrange(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!c.ExpectCounts(2, 1, 9) || !ExpectSameType(c) || !c.ExpectConstant(1, DataType::kInt32) ||
      !c.ExpectRange("base", c.Parameter(0), 0, Elements(c.Input(0)) - 1) ||
      !c.ExpectRange("run", c.Parameter(1), 1, Elements(c.Input(0))) ||
      !c.ExpectRange("fill", c.Parameter(2), -128, 127)) {
    return false;
  }
  const size_t element = ElementBytes(c.Input(0));
  if (element > 1 && !c.ExpectEqual("fill", c.Parameter(2), 0)) return false;
  RearrangeState* s = context->NewState<RearrangeState>();
  if (s == nullptr) return false;
  int64_t last = static_cast<int64_t>(c.Parameter(0)) + c.Parameter(1) - 1, outputs = c.Parameter(1);
  if (!FillAxes(c, &s->shape, &last, &outputs) ||
      !c.ExpectRange("last element", last, 0, Elements(c.Input(0)) - 1) ||
      !c.ExpectEqual("output elements", Elements(c.Output(0)), outputs)) {
    return false;
  }
  s->shape.axes = kMaxRearrangeAxes;
  s->shape.base = static_cast<size_t>(c.Parameter(0));
  s->shape.element_bytes = element;
  s->shape.run_bytes = element * static_cast<size_t>(c.Parameter(1));
  s->shape.fill = static_cast<int8_t>(c.Parameter(2));
  s->units = static_cast<int32_t>(outputs / c.Parameter(1) / s->shape.size[kMaxRearrangeAxes - 1]);
  s->input = c.InputData<uint8_t>(0);
  s->output = c.OutputData<uint8_t>(0);
  SetRun<RearrangeState, RunRearrange>(s, bound);
  return true;
}

bool BindConcatenation(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!c.ExpectCounts(1, 1, 1) || !ExpectSameType(c) ||
      !c.ExpectRange("rows", c.Parameter(0), 1, Elements(c.Output(0)))) {
    return false;
  }
  const uint32_t count = c.input_count();
  const uint64_t rows = static_cast<uint64_t>(c.Parameter(0));
  ConcatenationPart* parts =
      static_cast<ConcatenationPart*>(context->Allocate(count * sizeof(ConcatenationPart)));
  ConcatenationState* s = context->NewState<ConcatenationState>();
  if (parts == nullptr || s == nullptr) return false;
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < count; ++i) {
    if (!c.ExpectInput(i, static_cast<DataType>(c.Output(0).type)) ||
        !c.ExpectEqual("elements beside whole rows", static_cast<int64_t>(c.Input(i).bytes % rows), 0)) {
      return false;
    }
    parts[i] = {c.InputData<uint8_t>(i), static_cast<size_t>(c.Input(i).bytes / rows)};
    bytes += c.Input(i).bytes;
  }
  if (!c.ExpectEqual("output bytes", static_cast<int64_t>(c.Output(0).bytes), static_cast<int64_t>(bytes)))
    return false;
  s->shape = {static_cast<int32_t>(count), static_cast<size_t>(bytes / rows)};
  s->units = c.Parameter(0);
  s->parts = parts;
  s->output = c.OutputData<uint8_t>(0);
  SetRun<ConcatenationState, RunConcatenation>(s, bound);
  return true;
}

bool BindGather(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!c.ExpectCounts(2, 1, 4) || !ExpectSameType(c) || !c.ExpectInput(1, DataType::kInt32)) return false;
  for (uint32_t i = 0; i < 4; ++i) {
    if (!c.ExpectRange("size", c.Parameter(i), 1, 1 << 24)) return false;
  }
  // At most 2^48, then; each slice has at least one element.
  const int64_t rows = static_cast<int64_t>(c.Parameter(0)) * c.Parameter(1);
  if (!c.ExpectRange("rows", rows, 1, Elements(c.Input(0)))) return false;
  const int64_t slices = rows * c.Parameter(2), slice = Elements(c.Input(0)) / slices;
  if (!c.ExpectRange("slice", slice, 1, Elements(c.Input(0))) ||
      !c.ExpectEqual("input elements", Elements(c.Input(0)), slices * slice) ||
      !c.ExpectEqual("indices", Elements(c.Input(1)),
                     static_cast<int64_t>(c.Parameter(0)) * c.Parameter(3)) ||
      !c.ExpectRange("output slices", rows * c.Parameter(3), 1, Elements(c.Output(0))) ||
      !c.ExpectEqual("output elements", Elements(c.Output(0)), rows * c.Parameter(3) * slice)) {
    return false;
  }
  GatherState* s = context->NewState<GatherState>();
  if (s == nullptr) return false;
  s->shape = {c.Parameter(0), c.Parameter(1), c.Parameter(2), c.Parameter(3),
              static_cast<size_t>(slice) * ElementBytes(c.Input(0))};
  s->units = static_cast<int32_t>(rows);
  s->input = c.InputData<uint8_t>(0);
  s->indices = c.InputData<int32_t>(1);
  s->output = c.OutputData<uint8_t>(0);
  SetRun<GatherState, RunGather>(s, bound);
  return true;
}

}  // namespace weightfold
