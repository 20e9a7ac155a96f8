// The part that convolution, depthwise and fully connected share: bias, multipliers and the fused activation.
#pragma once
#include "base/cpu.h"
#include "plan/bind.h"

namespace weightfold {

// Inputs of such an op: 0 x, 1 weights, 2 bias or none, 3 multipliers, 4 shifts, 5 float scales
// (Rounding::kFloat only). The last three parameters are min, max and rounding.
inline bool BindRequantization(const BindContext& context, int32_t channels, uint32_t first_parameter,
                               Requantization* r) {
  const auto per_channel = [&](uint32_t i, DataType type) {
    return context.ExpectConstant(i, type) &&
           context.ExpectEqual("channels", Elements(context.Input(i)), channels);
  };
  if (context.HasInput(2) && !per_channel(2, DataType::kInt32)) return false;
  if (!per_channel(3, DataType::kInt32) || !per_channel(4, DataType::kInt32)) return false;
  int32_t min, max;
  const int32_t rounding = context.Parameter(first_parameter + 2);
  if (!context.ExpectActivation(first_parameter, &min, &max) ||
      !context.ExpectRange("rounding", rounding, 0, 2)) {
    return false;
  }
  const bool is_float = rounding == static_cast<int32_t>(Rounding::kFloat);
  if (is_float && !per_channel(5, DataType::kFloat32)) return false;
  *r = {static_cast<Rounding>(rounding),
        SignedZeroPoint(context.Output(0)),
        min,
        max,
        context.InputData<int32_t>(3),
        context.InputData<int32_t>(4),
        is_float ? context.InputData<float>(5) : nullptr,
        FlipOf(context.Output(0))};
  for (int32_t c = 0; c < channels; ++c) {
    if (!context.ExpectRange("multiplier", r->multiplier[c], 0, INT32_MAX) ||
        !context.ExpectRange("shift", r->shift[c], -31, 30)) {
      return false;
    }
    // Written so that NaN fails too.
    if (is_float && !(r->scale[c] >= 0 && r->scale[c] < 1e9f))
      return context.ExpectEqual("valid float scale", 0, 1);
  }
  return true;
}

// The features whose kernels can take the weights, input 1.
inline uint32_t UsableFeatures(const BindContext& context) {
  return context.Input(1).zero_point == 0 ? context.features : context.features & kZeroPointFeatures;
}

// The flip of the codes that a kernel is given, where those of its input have `flip`.
template <typename Kernel>
uint8_t WantedFlip(const Kernel& kernel, uint8_t flip) {
  return kernel.unsigned_input ? kUnsignedFlip : kernel.signed_input ? 0 : flip;
}

// Packs the weights for the chosen kernel.
template <typename State>
bool PackWeights(BindContext* context, State* state) {
  state->packed = context->Allocate(state->kernel->packed_bytes(state->shape, state->parameters));
  if (state->packed == nullptr) return false;
  state->kernel->pack(state->shape, state->parameters, state->packed);
  return true;
}

}  // namespace weightfold
