export type { WeightStatistics } from './analyze.js';
export { weightStatistics, zeroMap } from './analyze.js';
export type { OperatorSpec, TensorQuantization, TensorSpec } from './build.js';
export { ModelBuilder } from './build.js';
export { TfliteError } from './errors.js';
// Enumerations and tables of the schema; our Model, whose buffers are views, stands in for its ModelT.
export * from './generated/tflite.js';
export { fromHalf } from './half.js';
export { countMacs } from './macs.js';
export type { Model } from './model.js';
export { readModel } from './read.js';
export {
  bitsPerElement,
  builtinOperator,
  dtypeName,
  elementCount,
  operatorName,
  tensorBytes,
  tensorData,
  typedData,
} from './tensors.js';
export { writeModel } from './write.js';
