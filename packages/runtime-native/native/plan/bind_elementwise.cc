// ADD: left shift; multiplier, shift of input 0, input 1 and the output; min; max.
// REQUANTIZE: multiplier; shift; min; max. COPY: none. SOFTMAX: multiplier; left shift; smallest difference.
#include <cstring>

#include "base/numbers.h"
#include "kernels/add/add.h"
#include "kernels/requantize/requantize_op.h"
#include "kernels/softmax/softmax.h"
#include "plan/bind.h"

namespace weightfold {
namespace {

struct AddState {
  const AddKernel* kernel;
  AddParameters parameters;
  AddShape shape;
  const int8_t* input[2];
  int8_t* output;
};

struct TableState {
  int8_t table[256];
  size_t count;
  const int8_t* input;
  int8_t* output;
};

struct CopyState {
  size_t bytes;
  const uint8_t* input;
  uint8_t* output;
};

struct SoftmaxState {
  SoftmaxShape shape;
  int32_t table[256];
  const int8_t* input;
  void* output;
};

bool CheckScale(const BindContext& c, uint32_t first) {
  return c.ExpectRange("multiplier", c.Parameter(first), 0, INT32_MAX) &&
         c.ExpectRange("shift", c.Parameter(first + 1), -31, 30);
}

bool CheckActivation(const BindContext& c, uint32_t first) {
  return c.ExpectRange("activation minimum", c.Parameter(first), -128, 127) &&
         c.ExpectRange("activation maximum", c.Parameter(first + 1), c.Parameter(first), 127);
}

bool CheckOneToOne(const BindContext& c, uint32_t parameters) {
  return c.ExpectCounts(1, 1, parameters) && c.ExpectInput(0, DataType::kInt8) &&
         c.ExpectOutput(0, DataType::kInt8) &&
         c.ExpectEqual("output elements", Elements(c.Output(0)), Elements(c.Input(0)));
}

bool FillAddShape(const BindContext& c, AddShape* shape) {
  if (!c.ExpectRange("rank of the output", c.Output(0).rank, 0, 4)) return false;
  FourDimensions(c.Output(0), shape->out);
  shape->elements = static_cast<size_t>(Elements(c.Output(0)));
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

template <typename Out>
void RunSoftmax(const void* opaque, void*) {
  const SoftmaxState& s = *static_cast<const SoftmaxState*>(opaque);
  Softmax(s.shape, s.table, s.input, static_cast<Out*>(s.output));
}

void RunAdd(const void* opaque, void*) {
  const AddState& s = *static_cast<const AddState*>(opaque);
  if (s.shape.same) {
    s.kernel->run(s.parameters, s.input[0], s.input[1], s.output, s.shape.elements);
  } else {
    AddBroadcast(s.parameters, s.shape, s.input[0], s.input[1], s.output);
  }
}

}  // namespace

bool BindAdd(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!c.ExpectCounts(2, 1, 9) || !c.ExpectInput(0, DataType::kInt8) || !c.ExpectInput(1, DataType::kInt8) ||
      !c.ExpectOutput(0, DataType::kInt8) || !c.ExpectRange("left shift", c.Parameter(0), 0, 22) ||
      !CheckScale(c, 1) || !CheckScale(c, 3) || !CheckScale(c, 5) || !CheckActivation(c, 7)) {
    return false;
  }
  AddState* s = context->NewState<AddState>();
  if (s == nullptr || !FillAddShape(c, &s->shape)) return false;
  s->parameters = {c.Parameter(0),
                   {c.Input(0).zero_point, c.Input(1).zero_point},
                   {c.Parameter(1), c.Parameter(3)},
                   {c.Parameter(2), c.Parameter(4)},
                   c.Output(0).zero_point,
                   c.Parameter(5),
                   c.Parameter(6),
                   c.Parameter(7),
                   c.Parameter(8)};
  s->kernel = &SelectAdd(c.features);
  s->input[0] = c.InputData<int8_t>(0);
  s->input[1] = c.InputData<int8_t>(1);
  s->output = c.OutputData<int8_t>(0);
  *bound = {RunAdd, s};
  return true;
}

bool BindRequantize(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!CheckOneToOne(c, 4) || !CheckScale(c, 0) || !CheckActivation(c, 2)) return false;
  TableState* s = context->NewState<TableState>();
  if (s == nullptr) return false;
  MakeRequantizeTable({c.Input(0).zero_point, c.Output(0).zero_point, c.Parameter(0), c.Parameter(1),
                       c.Parameter(2), c.Parameter(3)},
                      s->table);
  s->count = static_cast<size_t>(Elements(c.Output(0)));
  s->input = c.InputData<int8_t>(0);
  s->output = c.OutputData<int8_t>(0);
  *bound = {[](const void* opaque, void*) {
              const TableState& state = *static_cast<const TableState*>(opaque);
              ApplyTable(state.table, state.input, state.output, state.count);
            },
            s};
  return true;
}

bool BindCopy(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!c.ExpectCounts(1, 1, 0) || !c.ExpectRange("references", c.HasInput(0), 1, 1)) return false;
  const DataType type = static_cast<DataType>(c.Input(0).type);
  if (!c.ExpectOutput(0, type) || !c.ExpectEqual("output bytes", c.Output(0).bytes, c.Input(0).bytes))
    return false;
  CopyState* s = context->NewState<CopyState>();
  if (s == nullptr) return false;
  *s = {c.Output(0).bytes, c.InputData<uint8_t>(0), c.OutputData<uint8_t>(0)};
  *bound = {[](const void* opaque, void*) {
              const CopyState& state = *static_cast<const CopyState*>(opaque);
              std::memmove(state.output, state.input, state.bytes);
            },
            s};
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
      !c.ExpectRange("size of the last dimension", depth, 1, 4095)) {
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
  if (c.OutputType(0) == DataType::kInt16) {
    *bound = {RunSoftmax<int16_t>, s};
    return true;
  }
  *bound = {RunSoftmax<int8_t>, s};
  return c.ExpectOutput(0, DataType::kInt8);
}

}  // namespace weightfold
