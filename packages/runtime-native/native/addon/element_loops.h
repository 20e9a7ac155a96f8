#pragma once
#include <napi.h>

namespace weightfold {

// See ElementLoops in src/plan/element-loops.ts; lengths that do not fit together are refused.

// shiftCodes(codes: Int8Array | Uint8Array, flip: number, zeroPoint: number, to: Int8Array): boolean
Napi::Value ShiftCodes(const Napi::CallbackInfo& info);

// selectRuns(from: Uint8Array, run: number, size: number, places: Int32Array, to: Uint8Array)
Napi::Value SelectRuns(const Napi::CallbackInfo& info);

// zeroRuns(codes: Int8Array, run: number): number[]
Napi::Value ZeroRuns(const Napi::CallbackInfo& info);

}  // namespace weightfold
