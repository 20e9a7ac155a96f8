#ifndef WEIGHTFOLD_ADDON_CONTAINER_DECODE_H_
#define WEIGHTFOLD_ADDON_CONTAINER_DECODE_H_

#include <napi.h>

namespace weightfold {

// decodeContainer(wfz: Uint8Array, maxBytes: number): {bytes, decodeMs, hashMs}.
Napi::Value DecodeContainerBytes(const Napi::CallbackInfo& info);

}  // namespace weightfold

#endif  // WEIGHTFOLD_ADDON_CONTAINER_DECODE_H_
