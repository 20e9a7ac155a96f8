import { UnsupportedError } from '@weightfold/base';
import { isContainer } from '@weightfold/container';
import { runOnce } from '@weightfold/runtime-native';
import { lower } from '@weightfold/runtime-native/plan';
import {
  ActivationFunctionType,
  countMacs,
  dtypeName,
  elementCount,
  type Model,
  type OperatorT,
  operatorName,
  Padding,
  type TensorT,
  TfliteError,
  tensorBytes,
  type WeightStatistics,
  weightStatistics,
} from '@weightfold/tflite';
import { asModel } from '../source.js';
import { inspectPacked, type Packed } from './inspect-packed.js';
import { weightPatterns } from './weight-patterns.js';

export interface InspectedTensor {
  name: string;
  shape: number[];
  dtype: string;
  bytes: number;
  /** Number of scales: 0 when not quantized, 1 per tensor, more per channel. */
  scales: number;
  /** Scale and zero point of a tensor that is quantized per tensor, else null. */
  scale: number | null;
  zeroPoint: number | null;
}

export interface InspectedOp {
  /** 0 for the main subgraph. */
  subgraph: number;
  index: number;
  op: string;
  version: number;
  /** The operator's own settings, by the schema's names: strides, padding, activation; those at 0 are left out. */
  options: Record<string, string | number | boolean | number[]>;
  macs: number;
  parameters: number;
  /** Bytes of the constants that no operator before it reads. */
  constantBytes: number;
  inputs: InspectedTensor[];
  outputs: InspectedTensor[];
}

export interface InspectedWeights extends WeightStatistics {
  subgraph: number;
  clustered: boolean;
  /** Number of scales, and the dimension that they go along: null for one or none. */
  scales: number;
  quantizedDimension: number | null;
  /** Sparsity patterns that the zeros hold: 2:4, 4x16 (weight-patterns.ts). */
  patterns: string[];
}

export interface Totals {
  /** Where the bytes of the .tflite are; the rest is structure, names and scales. */
  weightBytes: number;
  otherConstantBytes: number;
  structureBytes: number;
  weights: number;
  zeroFraction: number;
  clusteredTensors: number;
  /** Most codes in a clustered tensor, 0 when there is none. */
  maxDistinct: number;
  /** Weights by element type. */
  weightsByDtype: Record<string, number>;
}

export interface Inspection {
  /** Bytes of the file as given, and of the .tflite in it when it is a .wfz. */
  bytes: number;
  tfliteBytes: number;
  description: string | null;
  subgraphs: number;
  /** Of one run of every subgraph: loops and branches are not known. */
  macs: number;
  parameters: number;
  totals: Totals;
  /** Inputs and outputs of the main subgraph. */
  inputs: InspectedTensor[];
  outputs: InspectedTensor[];
  /** Of all subgraphs, the main one first. */
  ops: InspectedOp[];
  tensors: InspectedWeights[];
  /** What the runtime needs for activations, or null with the reason. */
  arenaBytes: number | null;
  /** The most of it that is needed at the same time. */
  arenaLiveBytes: number | null;
  arenaNote: string | null;
  /** How a .wfz is packed; null for a .tflite. */
  packed: Packed | null;
}

/** A tensor counts as clustered when it has at most this many distinct codes, and enough weights for that to mean something. */
const clusteredCodes = 64;

/** What is in a .tflite or .wfz, counted on the file. Needs no native addon. */
export function inspectModel(bytes: Uint8Array): Inspection {
  const { tflite, model } = asModel(bytes);
  const graph = model.subgraphs[0]!;
  const endpoints = (indices: ArrayLike<number>) =>
    Array.from(indices, (index) => inspectTensor(graph.tensors[index]!));
  const ops = model.subgraphs.flatMap((_, subgraph) => inspectOps(model, subgraph));
  const tensors = model.subgraphs.flatMap((_, subgraph) => inspectWeights(model, subgraph));
  return {
    bytes: bytes.length,
    tfliteBytes: tflite.length,
    description: model.description,
    subgraphs: model.subgraphs.length,
    macs: ops.reduce((sum, op) => sum + op.macs, 0),
    parameters: ops.reduce((sum, op) => sum + op.parameters, 0),
    totals: totalsOf(model, tflite.length, tensors),
    inputs: endpoints(graph.inputs),
    outputs: endpoints(graph.outputs),
    ops,
    tensors,
    ...arena(model),
    packed: isContainer(bytes) ? inspectPacked(bytes, model) : null,
  };
}

function inspectWeights(model: Model, subgraph: number): InspectedWeights[] {
  return weightStatistics(model, subgraph).map((weights) => {
    const { scale = [], quantizedDimension = 0 } =
      model.subgraphs[subgraph]!.tensors[weights.tensorIndex]!.quantization ?? {};
    return {
      ...weights,
      subgraph,
      clustered: isClustered(weights),
      scales: scale.length,
      quantizedDimension: scale.length > 1 ? quantizedDimension : null,
      patterns: weightPatterns(model, weights, subgraph),
    };
  });
}

function totalsOf(model: Model, bytes: number, tensors: InspectedWeights[]): Totals {
  const sum = (values: number[]) => values.reduce((all, value) => all + value, 0);
  const weights = sum(tensors.map(({ elements }) => elements));
  // Tensors may share a buffer: it is in the file once.
  const own = new Set(
    tensors.map(({ subgraph, tensorIndex }) => model.subgraphs[subgraph]!.tensors[tensorIndex]!.buffer),
  );
  const bytesOf = (isOwn: boolean) =>
    sum(model.buffers.map((data, i) => (own.has(i) === isOwn ? data.length : 0)));
  const [weightBytes, otherConstantBytes] = [bytesOf(true), bytesOf(false)];
  const clustered = tensors.filter((tensor) => tensor.clustered);
  const weightsByDtype: Record<string, number> = {};
  for (const { dtype, elements } of tensors) weightsByDtype[dtype] = (weightsByDtype[dtype] ?? 0) + elements;
  return {
    weightBytes,
    otherConstantBytes,
    structureBytes: bytes - weightBytes - otherConstantBytes,
    weights,
    zeroFraction: weights === 0 ? 0 : sum(tensors.map(({ zeros }) => zeros)) / weights,
    clusteredTensors: clustered.length,
    maxDistinct: clustered.reduce((most, { distinct }) => Math.max(most, distinct), 0),
    weightsByDtype,
  };
}

function isClustered({ dtype, distinct, elements }: WeightStatistics): boolean {
  return dtype === 'int8' && distinct <= clusteredCodes && elements >= 4 * distinct;
}

function inspectOps(model: Model, subgraph: number): InspectedOp[] {
  const graph = model.subgraphs[subgraph]!;
  const { perOp } = countMacs(model, subgraph);
  const seen = new Set<number>();
  const sum = (list: number[], of: (index: number) => number) =>
    list.reduce((total, index) => total + of(index), 0);
  return graph.operators.map((operator, index) => {
    const constants = operator.inputs.filter(
      (i) => i >= 0 && model.buffers[graph.tensors[i]!.buffer]!.length > 0 && !seen.has(i),
    );
    for (const i of constants) seen.add(i);
    const tensors = (list: number[]) =>
      list.filter((i) => i >= 0).map((i) => inspectTensor(graph.tensors[i]!));
    return {
      subgraph,
      index,
      op: operatorName(model, operator),
      version: model.operatorCodes[operator.opcodeIndex]!.version,
      options: inspectOptions(operator),
      macs: perOp[index]!,
      parameters: sum(constants, (i) => elementCount(graph.tensors[i]!)),
      constantBytes: sum(constants, (i) => model.buffers[graph.tensors[i]!.buffer]!.length),
      inputs: tensors(operator.inputs),
      outputs: tensors(operator.outputs),
    };
  });
}

/** Settings that are not at 0, false or nothing; padding and activation by name. */
function inspectOptions({ builtinOptions }: OperatorT): InspectedOp['options'] {
  const found: InspectedOp['options'] = {};
  for (const [key, value] of Object.entries(builtinOptions ?? {})) {
    if (key === 'padding') found[key] = Padding[value as Padding] ?? value;
    else if (key === 'fusedActivationFunction') {
      if (value !== 0) found[key] = ActivationFunctionType[value as ActivationFunctionType] ?? value;
    } else if (Array.isArray(value) ? value.length > 0 : value !== 0 && value !== false && value !== null)
      found[key] = value;
  }
  return found;
}

function inspectTensor(tensor: TensorT): InspectedTensor {
  const { scale = [], zeroPoint = [] } = tensor.quantization ?? {};
  return {
    name: String(tensor.name ?? ''),
    shape: tensor.shape,
    dtype: dtypeName(tensor.type),
    bytes: tensorBytes(tensor),
    scales: scale.length,
    scale: scale.length === 1 ? scale[0]! : null,
    zeroPoint: scale.length === 1 ? Number(zeroPoint[0] ?? 0) : null,
  };
}

function arena(model: Model): Pick<Inspection, 'arenaBytes' | 'arenaLiveBytes' | 'arenaNote'> {
  try {
    const { arenaBytes, liveBytes } = lower(model, { runOnce });
    return { arenaBytes, arenaLiveBytes: liveBytes, arenaNote: null };
  } catch (error) {
    if (error instanceof UnsupportedError || error instanceof TfliteError)
      return { arenaBytes: null, arenaLiveBytes: null, arenaNote: error.message };
    throw error;
  }
}
