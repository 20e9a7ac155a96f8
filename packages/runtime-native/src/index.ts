export type { LoadOptions, TensorData, TensorInfo } from './model.js';
export { loadModel, NativeModel } from './model.js';
export type { DecodedContainer, NativeInfo } from './native/addon.js';
export { addonHash, chooseIsa, nativeInfo } from './native/addon.js';
export type { DecodeOptions } from './native/decode.js';
export { decodeContainer } from './native/decode.js';
