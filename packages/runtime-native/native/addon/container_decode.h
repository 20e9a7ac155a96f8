#ifndef WEIGHTFOLD_ADDON_CONTAINER_DECODE_H_
#define WEIGHTFOLD_ADDON_CONTAINER_DECODE_H_

#include <napi.h>

namespace weightfold {

// decodeContainer(wfz: Uint8Array, maxBytes: number, threads: number, out?: Uint8Array):
// {bytes, decodeMs, hashMs}. Decodes into `out` when it is given, which must be as long as the original.
Napi::Value DecodeContainerBytes(const Napi::CallbackInfo& info);

}  // namespace weightfold

#endif  // WEIGHTFOLD_ADDON_CONTAINER_DECODE_H_
