import { BuiltinOperator } from './generated/tflite/builtin-operator.js';
import type { OperatorT } from './generated/tflite/operator.js';
import type { SubGraphT } from './generated/tflite/sub-graph.js';
import type { TensorT } from './generated/tflite/tensor.js';
import { TensorType } from './generated/tflite/tensor-type.js';
import type { Model } from './model.js';
import { builtinOperator, dtypeName, elementCount, operatorName, tensorData, typedData } from './tensors.js';

/** What can be counted on one constant weight tensor. */
export interface WeightStatistics {
  name: string;
  tensorIndex: number;
  /** Operator that reads it, and the operator's place in execution order. */
  op: string;
  opIndex: number;
  shape: number[];
  dtype: string;
  elements: number;
  bytes: number;
  /** Elements equal to the zero point (of their channel, when quantized per channel). */
  zeros: number;
  zeroFraction: number;
  /** Different values in the whole tensor, and at most in one output channel. */
  distinct: number;
  distinctPerChannelMax: number;
  /** Order-0 entropy, bits for each element. */
  entropyBits: number;
}

/**
 * Statistics of every constant of rank 2 or more that an operator of the main subgraph reads, in execution order. A tensor
 * that several operators share is listed once, at the first.
 */
export function weightStatistics(model: Model): WeightStatistics[] {
  const graph = model.subgraphs[0]!;
  const seen = new Set<number>();
  const result: WeightStatistics[] = [];
  graph.operators.forEach((operator, opIndex) => {
    for (const tensorIndex of operator.inputs) {
      if (tensorIndex < 0 || seen.has(tensorIndex)) continue;
      const tensor = graph.tensors[tensorIndex]!;
      if (!isWeight(model, operator, tensor)) continue;
      seen.add(tensorIndex);
      result.push({
        name: String(tensor.name ?? ''),
        tensorIndex,
        op: operatorName(model, operator),
        opIndex,
        ...count(model, tensor),
      });
    }
  });
  return result;
}

const countable = new Set([TensorType.INT8, TensorType.UINT8, TensorType.FLOAT32, TensorType.INT16]);
const notWeights = new Set([
  BuiltinOperator.PAD,
  BuiltinOperator.PADV2,
  BuiltinOperator.MIRROR_PAD,
  BuiltinOperator.RESHAPE,
]);

function isWeight(model: Model, operator: OperatorT, tensor: TensorT): boolean {
  if (tensor.shape.length < 2 || tensor.sparsity || !countable.has(tensor.type)) return false;
  return !notWeights.has(builtinOperator(model, operator)) && tensorData(model, tensor) !== null;
}

function count(
  model: Model,
  tensor: TensorT,
): Omit<WeightStatistics, 'name' | 'tensorIndex' | 'op' | 'opIndex'> {
  const values = typedData(model, tensor)!;
  const elements = elementCount(tensor);
  const { channelOf, channels, zeroPointOf } = channelView(tensor);
  const histogram = new Map<number, number>();
  const perChannel = Array.from({ length: channels }, () => new Set<number>());
  let zeros = 0;
  for (let i = 0; i < elements; i++) {
    const value = Number(values[i]);
    const channel = channelOf(i);
    histogram.set(value, (histogram.get(value) ?? 0) + 1);
    perChannel[channel]!.add(value);
    if (value === zeroPointOf(channel)) zeros++;
  }
  let entropyBits = 0;
  for (const n of histogram.values()) entropyBits -= (n / elements) * Math.log2(n / elements);
  return {
    shape: [...tensor.shape],
    dtype: dtypeName(tensor.type),
    elements,
    bytes: values.byteLength,
    zeros,
    zeroFraction: elements === 0 ? 0 : zeros / elements,
    distinct: histogram.size,
    distinctPerChannelMax: perChannel.reduce((most, set) => Math.max(most, set.size), 0),
    entropyBits: entropyBits + 0, // never −0
  };
}

/** How an element's place tells its channel: the quantized dimension when per channel, else the first dimension. */
function channelView(tensor: TensorT) {
  const { scale = [], zeroPoint = [], quantizedDimension = 0 } = tensor.quantization ?? {};
  const perChannel = scale.length > 1;
  const dimension = perChannel && quantizedDimension < tensor.shape.length ? quantizedDimension : 0;
  const channels = tensor.shape[dimension] ?? 1;
  const inner = tensor.shape.slice(dimension + 1).reduce((product, size) => product * size, 1);
  return {
    channels,
    channelOf: (i: number) => Math.floor(i / inner) % channels,
    zeroPointOf: (channel: number) => Number(zeroPoint[zeroPoint.length > 1 ? channel : 0] ?? 0n),
  };
}

/** Multiply-accumulates of one inference of the main subgraph: all, and by operator. */
export function countMacs(model: Model): { total: number; perOp: number[] } {
  const graph = model.subgraphs[0]!;
  const perOp = graph.operators.map((operator) => operatorMacs(model, graph, operator));
  return { total: perOp.reduce((sum, macs) => sum + macs, 0), perOp };
}

function operatorMacs(model: Model, graph: SubGraphT, operator: OperatorT): number {
  const tensor = (index: number | undefined) =>
    index === undefined || index < 0 ? undefined : graph.tensors[index];
  const output = tensor(operator.outputs[0]);
  const weights = tensor(operator.inputs[1]);
  if (!output || !weights) return 0;
  const [, height = 0, width = 0, depth = 0] = weights.shape;
  switch (builtinOperator(model, operator)) {
    case BuiltinOperator.CONV_2D:
      return elementCount(output) * height * width * depth;
    case BuiltinOperator.DEPTHWISE_CONV_2D:
      return elementCount(output) * height * width;
    case BuiltinOperator.FULLY_CONNECTED:
      return elementCount(output) * (weights.shape[1] ?? 0);
    case BuiltinOperator.TRANSPOSE_CONV: {
      const input = tensor(operator.inputs[2]); // every input element meets every kernel element of every output channel
      return input ? elementCount(input) * height * width * (weights.shape[0] ?? 0) : 0;
    }
    default:
      return 0;
  }
}
