// REQUANTIZE_WIDE: multiplier; shift. Between int8, uint8, int16 and int32.
#include "kernels/requantize/wide.h"
#include "plan/bind_scales.h"

namespace weightfold {
namespace {

struct State {
  RequantizeParameters parameters;
  size_t count;
  const void* input;
  void* output;
};

template <typename In, typename Out>
void Run(const void* opaque, void*, int32_t, int32_t) {
  const State& s = *static_cast<const State*>(opaque);
  RequantizeWide(s.parameters, static_cast<const In*>(s.input), static_cast<Out*>(s.output), s.count);
}

using RunFunction = decltype(BoundOp::run);

template <typename In>
RunFunction FindRun(DataType out) {
  switch (out) {
    case DataType::kInt8:
      return Run<In, int8_t>;
    case DataType::kUint8:
      return Run<In, uint8_t>;
    case DataType::kInt16:
      return Run<In, int16_t>;
    case DataType::kInt32:
      return Run<In, int32_t>;
    default:
      return nullptr;
  }
}

RunFunction FindRun(DataType in, DataType out) {
  switch (in) {
    case DataType::kInt8:
      return FindRun<int8_t>(out);
    case DataType::kUint8:
      return FindRun<uint8_t>(out);
    case DataType::kInt16:
      return FindRun<int16_t>(out);
    case DataType::kInt32:
      return FindRun<int32_t>(out);
    default:
      return nullptr;
  }
}

void CodesOf(DataType type, int32_t* min, int32_t* max) {
  *min = type == DataType::kUint8   ? 0
         : type == DataType::kInt8  ? INT8_MIN
         : type == DataType::kInt16 ? INT16_MIN
                                    : INT32_MIN;
  *max = type == DataType::kUint8   ? UINT8_MAX
         : type == DataType::kInt8  ? INT8_MAX
         : type == DataType::kInt16 ? INT16_MAX
                                    : INT32_MAX;
}

}  // namespace

bool BindRequantizeWide(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  QuantizedScale scale;
  if (!c.ExpectCounts(1, 1, 2) || !c.ExpectInput(0) || !c.ExpectOutput(0) ||
      !c.ExpectEqual("output elements", Elements(c.Output(0)), Elements(c.Input(0))) ||
      !ReadScale(c, 0, kMaxShift, &scale)) {
    return false;
  }
  const PlanTensor &x = c.Input(0), &y = c.Output(0);
  const RunFunction run = FindRun(c.InputType(0), c.OutputType(0));
  if (run == nullptr) return c.ExpectInput(0, DataType::kInt8) && c.ExpectOutput(0, DataType::kInt8);
  State* s = context->NewState<State>();
  if (s == nullptr) return false;
  s->parameters = {x.zero_point, y.zero_point, scale.multiplier, scale.shift, 0, 0, 0, 0};
  CodesOf(c.OutputType(0), &s->parameters.min, &s->parameters.max);
  s->count = static_cast<size_t>(Elements(y));
  s->input = c.InputData<uint8_t>(0);
  s->output = c.OutputData<uint8_t>(0);
  *bound = {run, s, 1};
  return true;
}

}  // namespace weightfold
