export type { CompressOptions, CompressReport, TensorReport } from './compress.js';
export { compress } from './compress.js';
export { decompress } from './decompress.js';
export type { Level } from './schemes/scheme.js';
export type { Dropped, StrippedModel } from './strip/strip.js';
export { stripModel } from './strip/strip.js';
export { zipBytes } from './zip.js';
