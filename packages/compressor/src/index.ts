export type { CompressOptions, CompressReport, TensorReport } from './compress.js';
export { compress } from './compress.js';
export { decompress } from './decompress.js';
export type { Level } from './schemes/scheme.js';
export { zipBytes } from './zip.js';
