// QUANTIZE, DEQUANTIZE: the bits of the scale, a float32.
#include <cstring>

#include "kernels/quantize/quantize.h"
#include "plan/bind.h"

namespace weightfold {
namespace {

struct QuantizeState {
  QuantizeParameters parameters;
  size_t count;
  const void* input;
  void* output;
};

constexpr int32_t kSmallestPositive = 1,
                  kLargestFinite = 0x7f7fffff;  // bits of positive floats are in their order

// `codes`: the tensor that is not float.
QuantizeState* MakeState(BindContext* context, const PlanTensor& codes) {
  const BindContext& c = *context;
  if (!c.ExpectEqual("output elements", Elements(c.Output(0)), Elements(c.Input(0))) ||
      !c.ExpectRange("bits of the scale", c.Parameter(0), kSmallestPositive, kLargestFinite)) {
    return nullptr;
  }
  QuantizeState* s = context->NewState<QuantizeState>();
  if (s == nullptr) return nullptr;
  const int32_t bits = c.Parameter(0);
  std::memcpy(&s->parameters.scale, &bits, sizeof bits);
  s->parameters.zero_point = codes.zero_point;
  s->count = static_cast<size_t>(Elements(c.Output(0)));
  s->input = c.InputData<uint8_t>(0);
  s->output = c.OutputData<uint8_t>(0);
  return s;
}

template <typename Code>
void RunQuantize(const void* opaque, void*, int32_t, int32_t) {
  const QuantizeState& q = *static_cast<const QuantizeState*>(opaque);
  Quantize(q.parameters, static_cast<const float*>(q.input), static_cast<Code*>(q.output), q.count);
}

template <typename Code>
void RunDequantize(const void* opaque, void*, int32_t, int32_t) {
  const QuantizeState& q = *static_cast<const QuantizeState*>(opaque);
  Dequantize(q.parameters, static_cast<const Code*>(q.input), static_cast<float*>(q.output), q.count);
}

}  // namespace

bool BindQuantize(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!c.ExpectCounts(1, 1, 1) || !c.ExpectInput(0, DataType::kFloat32) || !c.ExpectOutput(0)) return false;
  const bool wide = c.OutputType(0) == DataType::kInt16;
  if (!wide && !c.ExpectOutput(0, DataType::kInt8)) return false;
  *bound = {wide ? RunQuantize<int16_t> : RunQuantize<int8_t>, MakeState(context, c.Output(0)), 1};
  return bound->state != nullptr;
}

bool BindDequantize(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!c.ExpectCounts(1, 1, 1) || !c.ExpectInput(0) || !c.ExpectOutput(0, DataType::kFloat32)) return false;
  const bool wide = c.InputType(0) == DataType::kInt16;
  if (!wide && !c.ExpectInput(0, DataType::kInt8)) return false;
  *bound = {wide ? RunDequantize<int16_t> : RunDequantize<int8_t>, MakeState(context, c.Input(0)), 1};
  return bound->state != nullptr;
}

}  // namespace weightfold
