#pragma once
#include <napi.h>

namespace weightfold {

// quantizeChannels(scales: Float32Array, input: number, output: number, narrow: boolean, mostShift: number,
// multipliers: Int32Array, shifts: Int32Array): number. See ChannelQuantizer in src/plan/multiplier.ts.
Napi::Value QuantizeChannels(const Napi::CallbackInfo& info);

}  // namespace weightfold
