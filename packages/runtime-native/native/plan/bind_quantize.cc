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

QuantizeState* MakeState(BindContext* context, DataType from, DataType to) {
  const BindContext& c = *context;
  if (!c.ExpectCounts(1, 1, 1) || !c.ExpectInput(0, from) || !c.ExpectOutput(0, to) ||
      !c.ExpectEqual("output elements", Elements(c.Output(0)), Elements(c.Input(0))) ||
      !c.ExpectRange("bits of the scale", c.Parameter(0), kSmallestPositive, kLargestFinite)) {
    return nullptr;
  }
  const int32_t zero_point = (to == DataType::kInt8 ? c.Output(0) : c.Input(0)).zero_point;
  if (!c.ExpectRange("zero point", zero_point, -128, 127)) return nullptr;
  QuantizeState* s = context->NewState<QuantizeState>();
  if (s == nullptr) return nullptr;
  const int32_t bits = c.Parameter(0);
  std::memcpy(&s->parameters.scale, &bits, sizeof bits);
  s->parameters.zero_point = zero_point;
  s->count = static_cast<size_t>(Elements(c.Output(0)));
  s->input = c.InputData<uint8_t>(0);
  s->output = c.OutputData<uint8_t>(0);
  return s;
}

}  // namespace

bool BindQuantize(BindContext* context, BoundOp* bound) {
  QuantizeState* s = MakeState(context, DataType::kFloat32, DataType::kInt8);
  if (s == nullptr) return false;
  *bound = {[](const void* opaque, void*, int32_t, int32_t) {
              const QuantizeState& q = *static_cast<const QuantizeState*>(opaque);
              Quantize(q.parameters, static_cast<const float*>(q.input), static_cast<int8_t*>(q.output),
                       q.count);
            },
            s, 1};
  return true;
}

bool BindDequantize(BindContext* context, BoundOp* bound) {
  QuantizeState* s = MakeState(context, DataType::kInt8, DataType::kFloat32);
  if (s == nullptr) return false;
  *bound = {[](const void* opaque, void*, int32_t, int32_t) {
              const QuantizeState& q = *static_cast<const QuantizeState*>(opaque);
              Dequantize(q.parameters, static_cast<const int8_t*>(q.input), static_cast<float*>(q.output),
                         q.count);
            },
            s, 1};
  return true;
}

}  // namespace weightfold
