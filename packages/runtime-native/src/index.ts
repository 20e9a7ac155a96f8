export type { LoadOptions, TensorData, TensorInfo } from './model.js';
export { loadModel, NativeModel } from './model.js';
export type { NativeInfo } from './native/addon.js';
export { addonHash, chooseIsa, nativeInfo } from './native/addon.js';
export type { DecodedContainer } from './native/decode.js';
export { decodeContainer } from './native/decode.js';
