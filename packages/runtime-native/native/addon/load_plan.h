#pragma once
#include <napi.h>

namespace weightfold {

// loadPlan(plan: Uint8Array, isa: string, maxBytes: number, threads: number): the object that
// src/native/addon.ts types as NativePlan.
Napi::Value LoadPlan(const Napi::CallbackInfo& info);

}  // namespace weightfold
