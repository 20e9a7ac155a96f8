import { UnsupportedError } from '@weightfold/base';
import { lower } from '@weightfold/runtime-native/plan';
import {
  countMacs,
  dtypeName,
  type Model,
  operatorName,
  readModel,
  type TensorT,
  tensorBytes,
  type WeightStatistics,
  weightStatistics,
} from '@weightfold/tflite';
import { asTflite } from '../source.js';

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
  index: number;
  op: string;
  macs: number;
  parameters: number;
  inputs: InspectedTensor[];
  outputs: InspectedTensor[];
}

export interface Inspection {
  /** Bytes of the file as given, and of the .tflite in it when it is a .wfz. */
  bytes: number;
  tfliteBytes: number;
  description: string | null;
  subgraphs: number;
  macs: number;
  parameters: number;
  /** Inputs and outputs of the main subgraph. */
  inputs: InspectedTensor[];
  outputs: InspectedTensor[];
  ops: InspectedOp[];
  tensors: (WeightStatistics & { clustered: boolean })[];
  /** What the runtime needs for activations, or null with the reason. */
  arenaBytes: number | null;
  arenaNote: string | null;
}

/** A tensor counts as clustered when it has at most this many distinct codes, and enough weights for that to mean something. */
const clusteredCodes = 64;

/** What is in a .tflite or .wfz, counted on the file. Needs no native addon. */
export function inspectModel(bytes: Uint8Array): Inspection {
  const tflite = asTflite(bytes);
  const model = readModel(tflite);
  const graph = model.subgraphs[0]!;
  const endpoints = (indices: ArrayLike<number>) =>
    Array.from(indices, (index) => inspectTensor(graph.tensors[index]!));
  const ops = inspectOps(model);
  const weights = weightStatistics(model);
  return {
    bytes: bytes.length,
    tfliteBytes: tflite.length,
    description: model.description,
    subgraphs: model.subgraphs.length,
    macs: ops.reduce((sum, op) => sum + op.macs, 0),
    parameters: ops.reduce((sum, op) => sum + op.parameters, 0),
    inputs: endpoints(graph.inputs),
    outputs: endpoints(graph.outputs),
    ops,
    tensors: weights.map((tensor) => ({ ...tensor, clustered: isClustered(tensor) })),
    ...arena(model),
  };
}

function isClustered({ dtype, distinct, elements }: WeightStatistics): boolean {
  return dtype === 'int8' && distinct <= clusteredCodes && elements >= 4 * distinct;
}

function inspectOps(model: Model): InspectedOp[] {
  const graph = model.subgraphs[0]!;
  const { perOp } = countMacs(model);
  const seen = new Set<number>();
  return graph.operators.map((operator, index) => {
    const constants = operator.inputs.filter(
      (i) => i >= 0 && model.buffers[graph.tensors[i]!.buffer]!.length > 0 && !seen.has(i),
    );
    for (const i of constants) seen.add(i);
    const tensors = (list: number[]) =>
      list.filter((i) => i >= 0).map((i) => inspectTensor(graph.tensors[i]!));
    return {
      index,
      op: operatorName(model, operator),
      macs: perOp[index]!,
      parameters: constants.reduce(
        (sum, i) => sum + graph.tensors[i]!.shape.reduce((product, n) => product * n, 1),
        0,
      ),
      inputs: tensors(operator.inputs),
      outputs: tensors(operator.outputs),
    };
  });
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

function arena(model: Model): { arenaBytes: number | null; arenaNote: string | null } {
  try {
    return { arenaBytes: lower(model).arenaBytes, arenaNote: null };
  } catch (error) {
    if (error instanceof UnsupportedError) return { arenaBytes: null, arenaNote: error.message };
    throw error;
  }
}
