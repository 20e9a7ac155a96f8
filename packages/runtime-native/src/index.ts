export { type LoadOptions, runOnce } from './load.js';
export { Model } from './model.js';
export type { NativeInfo } from './native/addon.js';
export { addonHash, chooseIsa, nativeInfo } from './native/addon.js';
export type { DecodedContainer, DecodeOptions } from './native/decode.js';
export { decodeContainer } from './native/decode.js';
export type { OpProfile } from './profile.js';
export type { TensorData, TensorInfo } from './tensor.js';
