#pragma once
#include <napi.h>

namespace weightfold {

// loadPlan(plan: Uint8Array, isa: string): {arena, packedBytes, scratchBytes, invoke(), dispose(arena)}
Napi::Value LoadPlan(const Napi::CallbackInfo& info);

}  // namespace weightfold
