// ADD: left shift; multiplier, shift of input 0, input 1 and the output; min; max.
// REQUANTIZE: multiplier; shift; min; max. TABLE: none; inputs: x, the 256 answers, for code −128 first.
// COPY: none. SOFTMAX: multiplier; left shift; smallest difference.
#include "base/numbers.h"
#include "kernels/add/add.h"
#include "kernels/requantize/requantize_op.h"
#include "kernels/softmax/softmax.h"
#include "plan/bind_units.h"
#include "plan/lines.h"
#include "plan/staged_input.h"

namespace weightfold {
namespace {

struct AddState {
  const AddKernel* kernel;
  AddParameters parameters;
  void* packed;
  AddShape shape;
  Lines lines;
  PlanImage input[2], output;
};

struct TableState {
  uint8_t table[256];
  Lines lines;
  PlanImage input, output;
};

struct CopyState {
  uint8_t flip;
  Lines lines;
  PlanImage input, output;
};

struct SoftmaxState {
  SoftmaxShape shape;
  int32_t table[256];
  const int8_t* input;
  void* output;
};

bool FillAddShape(const BindContext& c, AddShape* shape) {
  if (!c.ExpectRange("rank of the output", c.Output(0).rank, 0, 4)) return false;
  FourDimensions(c.Output(0), shape->out);
  shape->same = true;
  for (uint32_t input = 0; input < 2; ++input) {
    if (!c.ExpectRange("rank of an input", c.Input(input).rank, 0, 4)) return false;
    int32_t dims[4], stride = 1;
    FourDimensions(c.Input(input), dims);
    for (int i = 3; i >= 0; --i) {
      if (dims[i] != 1 && !c.ExpectEqual("size of an input", dims[i], shape->out[i])) return false;
      shape->same = shape->same && dims[i] == shape->out[i];
      shape->stride[input][i] = dims[i] == 1 ? 0 : stride;
      stride *= dims[i];
    }
  }
  return true;
}

void RunAdd(const void* opaque, void*, int32_t begin, int32_t end) {
  const AddState& s = *static_cast<const AddState*>(opaque);
  for (int32_t i = begin; i < end; ++i) {
    s.kernel->run(s.parameters, s.packed, s.input[0].Row(i), s.input[1].Row(i), s.output.Row(i),
                  s.lines.BytesOf(i));
  }
}

void RunAddBroadcast(const void* opaque, void*, int32_t, int32_t) {
  const AddState& s = *static_cast<const AddState*>(opaque);
  AddBroadcast(s.parameters, s.shape, s.input[0].pixels, s.input[1].pixels, s.output.pixels);
}

void RunTable(const void* opaque, void*, int32_t begin, int32_t end) {
  const TableState& s = *static_cast<const TableState*>(opaque);
  for (int32_t i = begin; i < end; ++i) {
    ApplyTable(s.table, s.input.Row(i), s.output.Row(i), s.lines.BytesOf(i));
  }
}

void RunCopy(const void* opaque, void*, int32_t begin, int32_t end) {
  const CopyState& s = *static_cast<const CopyState*>(opaque);
  for (int32_t i = begin; i < end; ++i) {
    CopyCodes(s.output.Row(i), s.input.Row(i), s.lines.BytesOf(i), s.flip);
  }
}

template <typename Out>
void RunSoftmax(const void* opaque, void*, int32_t begin, int32_t end) {
  const SoftmaxState& s = *static_cast<const SoftmaxState*>(opaque);
  SoftmaxShape shape = s.shape;
  shape.rows = end - begin;
  const size_t first = static_cast<size_t>(begin) * shape.depth;
  Softmax(shape, s.table, s.input + first, static_cast<Out*>(s.output) + first);
}

bool SameShape(const BindContext& c, const PlanTensor& a, const PlanTensor& b) {
  if (!c.ExpectEqual("rank of the output", b.rank, a.rank)) return false;
  for (uint32_t i = 0; i < a.rank; ++i) {
    if (!c.ExpectEqual("size of the output", b.dims[i], a.dims[i])) return false;
  }
  return true;
}

bool ExpectTableTensors(const BindContext& c, uint32_t inputs, uint32_t parameters) {
  if (!c.ExpectCounts(inputs, 1, parameters) || !c.ExpectInputCodes(0, Border::kAllowed) ||
      !c.ExpectOutputCodes(0, Border::kAllowed)) {
    return false;
  }
  const PlanTensor &x = c.Input(0), &y = c.Output(0);
  const bool bordered = HasBorder(x) || HasBorder(y);
  return bordered ? SameShape(c, x, y) : c.ExpectEqual("output elements", Elements(y), Elements(x));
}

void SetTableRun(const BindContext& c, TableState* s, BoundOp* bound) {
  s->input = c.InputImage(0);
  s->output = c.OutputImage(0);
  const bool bordered = HasBorder(c.Input(0)) || HasBorder(c.Output(0));
  s->lines = MakeLines(c.Output(0), bordered, {&s->input, &s->output});
  *bound = {RunTable, s, s->lines.count};
}

}  // namespace

bool BindAdd(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  AddParameters p = {};
  if (!c.ExpectCounts(2, 1, 9) || !c.ExpectInputCodes(0, Border::kAllowed) ||
      !c.ExpectInputCodes(1, Border::kAllowed) || !c.ExpectOutputCodes(0, Border::kAllowed) ||
      !c.ExpectRange("left shift", c.Parameter(0), 0, 22) || !ExpectScale(c, 1, 30) ||
      !ExpectScale(c, 3, 30) || !ExpectScale(c, 5, 30) || !c.ExpectActivation(7, &p.min, &p.max)) {
    return false;
  }
  AddState* s = context->NewState<AddState>();
  if (s == nullptr || !FillAddShape(c, &s->shape)) return false;
  p.left_shift = c.Parameter(0);
  for (uint32_t i = 0; i < 2; ++i) {
    p.zero_point[i] = SignedZeroPoint(c.Input(i));
    p.multiplier[i] = c.Parameter(1 + 2 * i);
    p.shift[i] = c.Parameter(2 + 2 * i);
    p.flip[i] = FlipOf(c.Input(i));
    s->input[i] = c.InputImage(i);
  }
  p.output_zero_point = SignedZeroPoint(c.Output(0));
  p.output_multiplier = c.Parameter(5);
  p.output_shift = c.Parameter(6);
  p.output_flip = FlipOf(c.Output(0));
  s->parameters = p;
  s->kernel = &SelectAdd(c.features);
  s->packed = context->Allocate(s->kernel->packed_bytes);
  if (s->packed == nullptr) return false;
  s->kernel->pack(p, s->packed);
  s->output = c.OutputImage(0);
  const bool bordered = HasBorder(c.Input(0)) || HasBorder(c.Input(1)) || HasBorder(c.Output(0));
  if (s->shape.same) {
    s->lines = MakeLines(c.Output(0), bordered, {&s->input[0], &s->input[1], &s->output});
    *bound = {RunAdd, s, s->lines.count, s->kernel->name};
    return true;
  }
  *bound = {RunAddBroadcast, s, 1};
  return c.ExpectEqual("borders of a sum that broadcasts", bordered, 0);
}

bool BindRequantize(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  int32_t min, max;
  if (!ExpectTableTensors(c, 1, 4) || !ExpectScale(c, 0, 30) || !c.ExpectActivation(2, &min, &max))
    return false;
  TableState* s = context->NewState<TableState>();
  if (s == nullptr) return false;
  const PlanTensor &x = c.Input(0), &y = c.Output(0);
  MakeRequantizeTable({SignedZeroPoint(x), SignedZeroPoint(y), c.Parameter(0), c.Parameter(1), min, max,
                       FlipOf(x), FlipOf(y)},
                      s->table);
  SetTableRun(c, s, bound);
  return true;
}

bool BindTable(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!ExpectTableTensors(c, 2, 0) || !c.ExpectConstant(1, DataType::kInt8) ||
      !c.ExpectEqual("entries of the table", Elements(c.Input(1)), 256)) {
    return false;
  }
  TableState* s = context->NewState<TableState>();
  if (s == nullptr) return false;
  const int8_t* answers = c.InputData<int8_t>(1);
  for (int32_t stored = 0; stored < 256; ++stored) {
    const int32_t code = SignedCode(static_cast<uint8_t>(stored), FlipOf(c.Input(0)));
    s->table[stored] = static_cast<uint8_t>(answers[code + 128]) ^ FlipOf(c.Output(0));
  }
  SetTableRun(c, s, bound);
  return true;
}

// Between int8 and uint8 the codes stay the same: what is stored changes by 128.
bool BindCopy(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!c.ExpectCounts(1, 1, 0) || !c.ExpectRange("references", c.HasInput(0), 1, 1)) return false;
  const PlanTensor& x = c.Input(0);
  const DataType type = static_cast<DataType>(x.type);
  const bool codes = type == DataType::kInt8 || type == DataType::kUint8;
  if (codes ? !c.ExpectOutputCodes(0, Border::kAllowed) : !c.ExpectOutput(0, type)) return false;
  const PlanTensor& y = c.Output(0);
  const bool bordered = HasBorder(x) || HasBorder(y);
  if (bordered ? !SameShape(c, x, y) : !c.ExpectEqual("output bytes", y.bytes, x.bytes)) return false;
  CopyState* s = context->NewState<CopyState>();
  if (s == nullptr) return false;
  *s = {static_cast<uint8_t>(FlipOf(x) ^ FlipOf(y)), {}, c.InputImage(0), c.OutputImage(0)};
  s->lines = MakeLines(y, bordered, {&s->input, &s->output});
  *bound = {RunCopy, s, s->lines.count};
  return true;
}

bool BindSoftmax(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!c.ExpectCounts(1, 1, 3) || !c.ExpectInput(0, DataType::kInt8) || !c.ExpectOutput(0) ||
      !c.ExpectEqual("output elements", Elements(c.Output(0)), Elements(c.Input(0))) ||
      !c.ExpectRange("rank of the input", c.Input(0).rank, 1, kMaxRank) ||
      !c.ExpectRange("multiplier", c.Parameter(0), 0, INT32_MAX) ||
      !c.ExpectRange("left shift", c.Parameter(1), 0, 30)) {
    return false;
  }
  // So that the largest element counts and the sum of exponentials, 2^19 each at most, stays in 32 bits.
  const int32_t depth = c.Input(0).dims[c.Input(0).rank - 1];
  if (!c.ExpectRange("smallest difference", c.Parameter(2), INT32_MIN, 0) ||
      !c.ExpectLimit("size of the last dimension", depth, 4095, kTakeOut)) {
    return false;
  }
  // The fixed point of the exponential holds every difference that counts.
  const int64_t largest = -static_cast<int64_t>(MaxInt(c.Parameter(2), -255));
  if (!c.ExpectRange("largest difference, shifted", largest << c.Parameter(1), 0, INT32_MAX)) return false;
  SoftmaxState* s = context->NewState<SoftmaxState>();
  if (s == nullptr) return false;
  s->shape = {static_cast<int32_t>(Elements(c.Input(0)) / depth), depth, c.Parameter(0), c.Parameter(1),
              c.Parameter(2)};
  MakeSoftmaxTable(s->shape, s->table);
  s->input = c.InputData<int8_t>(0);
  s->output = c.OutputData<uint8_t>(0);
  const bool wide = c.OutputType(0) == DataType::kInt16;
  *bound = {wide ? RunSoftmax<int16_t> : RunSoftmax<int8_t>, s, s->shape.rows};
  return wide || c.ExpectOutput(0, DataType::kInt8);
}

}  // namespace weightfold
