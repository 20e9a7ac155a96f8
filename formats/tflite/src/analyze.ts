import type { OperatorT, TensorT } from './generated/tflite.js';
import { BuiltinOperator, TensorType } from './generated/tflite.js';
import type { Model } from './model.js';
import {
  builtinOperator,
  dtypeName,
  elementCount,
  operatorName,
  tensorBytes,
  tensorData,
  typedData,
} from './tensors.js';

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
 * Statistics of every constant of rank 2 or more that an operator of a subgraph (the main one when none is named) computes
 * with, in execution order. A tensor that several operators share is listed once, at the first. One that goes through DEQUANTIZE, as
 * float16 weights do, belongs to the operator that takes the result.
 */
export function weightStatistics(model: Model, subgraph = 0): WeightStatistics[] {
  const graph = model.subgraphs[subgraph]!;
  const seen = new Set<number>();
  const result: WeightStatistics[] = [];
  const dequantized = new Map<number, number>();
  graph.operators.forEach((operator, opIndex) => {
    const [from = -1] = operator.inputs;
    if (builtinOperator(model, operator) === BuiltinOperator.DEQUANTIZE && from >= 0) {
      if (tensorData(model, graph.tensors[from]!)) dequantized.set(operator.outputs[0]!, from);
      return;
    }
    for (const input of operator.inputs) {
      const tensorIndex = dequantized.get(input) ?? input;
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

const countable = new Set([
  TensorType.INT8,
  TensorType.UINT8,
  TensorType.FLOAT32,
  TensorType.FLOAT16,
  TensorType.INT16,
  TensorType.INT4,
]);
/** Operators whose constants are settings, or what a variable starts with. */
const notWeights = new Set([
  BuiltinOperator.ASSIGN_VARIABLE,
  BuiltinOperator.PAD,
  BuiltinOperator.PADV2,
  BuiltinOperator.MIRROR_PAD,
  BuiltinOperator.RESHAPE,
]);

function isWeight(model: Model, operator: OperatorT, tensor: TensorT): boolean {
  if (tensor.shape.length < 2 || tensor.sparsity || !countable.has(tensor.type)) return false;
  if (notWeights.has(builtinOperator(model, operator)) || elementCount(tensor) === 0) return false;
  return tensorData(model, tensor) !== null;
}

function count(
  model: Model,
  tensor: TensorT,
): Omit<WeightStatistics, 'name' | 'tensorIndex' | 'op' | 'opIndex'> {
  const values = typedData(model, tensor)!;
  const elements = elementCount(tensor);
  const { counts, zeros, mostInChannel } = tally(values, channelView(tensor));
  let entropyBits = 0;
  for (const n of counts) entropyBits -= (n / elements) * Math.log2(n / elements);
  return {
    shape: [...tensor.shape],
    dtype: dtypeName(tensor.type),
    elements,
    bytes: tensorBytes(tensor),
    zeros,
    zeroFraction: zeros / elements,
    distinct: counts.length,
    distinctPerChannelMax: mostInChannel,
    entropyBits: entropyBits + 0, // never −0
  };
}

interface ChannelView {
  channels: number;
  /** Elements of one channel that lie side by side. */
  inner: number;
  zeroPointOf(channel: number): number;
}

/** Channels are the slices along the quantized dimension when quantized per channel, else along the first. */
function channelView(tensor: TensorT): ChannelView {
  const { scale = [], zeroPoint = [], quantizedDimension = 0 } = tensor.quantization ?? {};
  const perChannel = scale.length > 1;
  const dimension = perChannel && tensor.shape[quantizedDimension] !== undefined ? quantizedDimension : 0;
  return {
    channels: tensor.shape[dimension] ?? 1,
    inner: tensor.shape.slice(dimension + 1).reduce((product, size) => product * size, 1),
    zeroPointOf: (channel) => Number(zeroPoint[zeroPoint.length > 1 ? channel : 0] ?? 0n),
  };
}

/**
 * One pass, channel by channel: how often each distinct value occurs, how many elements equal their zero point, and the
 * most distinct values in one channel. A value is new to a channel when it was last met in another.
 */
function tally(values: ArrayLike<number | bigint>, view: ChannelView) {
  return values instanceof Int8Array || values instanceof Uint8Array
    ? tallyBytes(values, view)
    : tallyAny(values, view);
}

function tallyBytes(values: Int8Array | Uint8Array, { channels, inner, zeroPointOf }: ChannelView) {
  const counts = new Uint32Array(256);
  const lastChannel = new Int32Array(256).fill(-1);
  let zeros = 0;
  let mostInChannel = 0;
  for (let channel = 0; channel < channels; channel++) {
    const zeroPoint = zeroPointOf(channel);
    let distinct = 0;
    for (let start = channel * inner; start < values.length; start += channels * inner) {
      for (let i = start; i < start + inner; i++) {
        const value = values[i]!;
        if (value === zeroPoint) zeros++;
        const code = value & 255;
        counts[code]!++;
        if (lastChannel[code] === channel) continue;
        lastChannel[code] = channel;
        distinct++;
      }
    }
    mostInChannel = Math.max(mostInChannel, distinct);
  }
  return { counts: [...counts].filter((count) => count > 0), zeros, mostInChannel };
}

function tallyAny(values: ArrayLike<number | bigint>, { channels, inner, zeroPointOf }: ChannelView) {
  const numberOf = new Map<number | bigint, number>();
  const counts: number[] = [];
  const lastChannel: number[] = [];
  let zeros = 0;
  let mostInChannel = 0;
  for (let channel = 0; channel < channels; channel++) {
    const zeroPoint = zeroPointOf(channel);
    let distinct = 0;
    for (let start = channel * inner; start < values.length; start += channels * inner) {
      for (let i = start; i < start + inner; i++) {
        const value = values[i]!;
        if (value === zeroPoint) zeros++;
        let number = numberOf.get(value);
        if (number === undefined) {
          number = counts.push(0) - 1;
          numberOf.set(value, number);
        }
        counts[number]!++;
        if (lastChannel[number] === channel) continue;
        lastChannel[number] = channel;
        distinct++;
      }
    }
    mostInChannel = Math.max(mostInChannel, distinct);
  }
  return { counts, zeros, mostInChannel };
}

/** 1 where an element of a constant tensor equals its (channel's) zero point, in the file's order; null without data. */
export function zeroMap(model: Model, tensor: TensorT): Uint8Array | null {
  const values = typedData(model, tensor);
  if (!values) return null;
  const { channels, inner, zeroPointOf } = channelView(tensor);
  const map = new Uint8Array(values.length);
  for (let channel = 0; channel < channels; channel++) {
    const zeroPoint = zeroPointOf(channel);
    for (let start = channel * inner; start < values.length; start += channels * inner)
      for (let i = start; i < start + inner; i++) if (Number(values[i]) === zeroPoint) map[i] = 1;
  }
  return map;
}
