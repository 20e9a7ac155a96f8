import { rounding } from '../lower/weights.js';
import { doubleRounding } from '../plan/multiplier.js';
import type { Plan, PlanOp, PlanTensor } from '../plan/plan.js';
import type { PlanTensors } from '../plan/tensors.js';
import { findUses, type Use } from './uses.js';
import { paddingBefore, windowExtent } from './window.js';

/** Kernels compute as many channels at once; fewer are left only in multiples of it. */
const step = 16;

/** Parameters of both convolutions. */
const [groupsAt, minAt, maxAt, roundingAt] = [6, 7, 8, 9];

/** A channel whose weights are all zero, and the code that it holds everywhere. */
type Constants = Map<number, number>;

/** A depthwise convolution or a convolution that reads the channels, and what it gives where they are constant. */
interface Reader {
  op: PlanOp;
  constants: Constants;
  next: Reader[];
}

/**
 * Channels of a convolution whose weights are all zero hold one code. What such a code adds to the convolutions that read it, straight
 * or through depthwise ones, goes into their biases, and the channel goes. Exact where every window sees the code: a window that
 * reaches over the edge sees the zero point. Training leaves such channels behind, and pruning of channels makes them.
 */
export function dropConstantChannels(plan: Plan, tensors: PlanTensors): void {
  const uses = findUses(plan, tensors);
  for (const op of plan.ops) {
    if (op.kind !== 'CONV_2D' || op.parameters[groupsAt] !== 1) continue;
    const all = zeroChannels(plan, op);
    const readers = all.size > 0 ? readersOf(plan, uses, op, all, true) : null;
    if (!readers) continue;
    const channels = plan.tensors[op.outputs[0]!]!.shape[3]!;
    const dropped = removable(all, readers);
    const kept = Math.max(step, Math.ceil((channels - dropped.length) / step) * step);
    if (kept >= channels) continue;
    const gone = new Set(dropped.slice(0, channels - kept));
    const left = Array.from({ length: channels }, (_, c) => c).filter((c) => !gone.has(c));
    keepOutputs(plan, tensors, op, left);
    for (const reader of readers) keepInputs(plan, tensors, reader, left, gone, all);
  }
}

/** Channels that are constant in every reader, and in every reader of those. */
function removable(all: Constants, readers: Reader[]): number[] {
  const constant = (reader: Reader, channel: number): boolean =>
    reader.constants.has(channel) && reader.next.every((next) => constant(next, channel));
  return [...all.keys()].filter((channel) => readers.every((reader) => constant(reader, channel)));
}

/** The code of every channel that has no weights, by TensorFlow Lite Micro's rule. */
function zeroChannels(plan: Plan, op: PlanOp): Constants {
  const codes: Constants = new Map();
  if (op.parameters[roundingAt] !== rounding.double) return codes;
  const weights = int8(plan.tensors[op.inputs[1]!]!);
  const channels = plan.tensors[op.outputs[0]!]!.shape[3]!;
  const depth = weights.length / channels;
  for (let c = 0; c < channels; c++) {
    if (weights.subarray(c * depth, (c + 1) * depth).every((w) => w === 0))
      codes.set(c, outputCode(plan, op, c, 0));
  }
  return codes;
}

/** The code of a channel whose products add up to `sum`. */
function outputCode(plan: Plan, op: PlanOp, channel: number, sum: number): number {
  const [bias, multiplier, shift] = [2, 3, 4].map((i) =>
    op.inputs[i]! < 0 ? 0 : int32(plan.tensors[op.inputs[i]!]!)[channel]!,
  );
  const scaled = doubleRounding((bias! + sum) | 0, multiplier!, shift!);
  const code = scaled + plan.tensors[op.outputs[0]!]!.zeroPoint;
  return Math.min(Math.max(code, op.parameters[minAt]!), op.parameters[maxAt]!);
}

/** All readers of what an op writes, or null when one of them is of another kind, or others see the channels. */
function readersOf(
  plan: Plan,
  uses: Map<number, Use>,
  op: PlanOp,
  constants: Constants,
  through: boolean,
): Reader[] | null {
  const use = uses.get(op.outputs[0]!);
  if (!use || use.endpoint || use.tensors.size > 1 || use.writers.length > 1 || use.readers.length === 0)
    return null;
  const readers = use.readers.map((reader): Reader | null => {
    const convolution = reader.kind === 'CONV_2D' && reader.parameters[groupsAt] === 1;
    const depthwise =
      reader.kind === 'DEPTHWISE_CONV_2D' && reader.parameters[roundingAt] === rounding.double;
    if (!(convolution || (through && depthwise)) || reader.inputs.lastIndexOf(op.outputs[0]!) !== 0)
      return null;
    const seen = [...constants].filter(([, code]) => everywhere(plan, reader, code));
    if (convolution) return { op: reader, constants: new Map(seen), next: [] };
    const codes = new Map(seen.map(([c, code]) => [c, depthwiseCode(plan, reader, c, code)]));
    const next = readersOf(plan, uses, reader, codes, false);
    return next && { op: reader, constants: codes, next };
  });
  return readers.every((reader) => reader !== null) ? (readers as Reader[]) : null;
}

/** Whether windows see nothing but the code: it is what the padding holds, or there is no padding. */
function everywhere(plan: Plan, op: PlanOp, code: number): boolean {
  const { shape, zeroPoint } = plan.tensors[op.inputs[0]!]!;
  const inside = (axis: number) =>
    op.parameters[paddingBefore(axis)] === 0 && windowExtent(plan, op, axis) <= shape[1 + axis]!;
  return code === zeroPoint || (inside(0) && inside(1));
}

function depthwiseCode(plan: Plan, op: PlanOp, channel: number, code: number): number {
  const weights = int8(plan.tensors[op.inputs[1]!]!);
  const { shape, zeroPoint } = plan.tensors[op.inputs[0]!]!;
  let sum = 0;
  for (let at = channel; at < weights.length; at += shape[3]!) sum += (code - zeroPoint) * weights[at]!;
  return outputCode(plan, op, channel, sum);
}

/** Lets an op write only some channels; weights have theirs first, depthwise ones last. */
function keepOutputs(plan: Plan, tensors: PlanTensors, op: PlanOp, left: number[]): void {
  const output = plan.tensors[op.outputs[0]!]!;
  const weights = plan.tensors[op.inputs[1]!]!;
  const last = op.kind === 'DEPTHWISE_CONV_2D';
  op.inputs[1] = select(tensors, weights, last ? 3 : 0, left);
  for (let i = 2; i < op.inputs.length; i++) {
    if (op.inputs[i]! >= 0) op.inputs[i] = select(tensors, plan.tensors[op.inputs[i]!]!, 0, left);
  }
  output.bytes = (output.bytes / output.shape[3]!) * left.length;
  output.shape[3] = left.length;
}

/** Lets a reader go without the channels that are gone. */
function keepInputs(
  plan: Plan,
  tensors: PlanTensors,
  reader: Reader,
  left: number[],
  gone: Set<number>,
  codes: Constants,
): void {
  const { op, constants, next } = reader;
  if (op.kind === 'DEPTHWISE_CONV_2D') {
    for (const one of next) keepInputs(plan, tensors, one, left, gone, constants);
    keepOutputs(plan, tensors, op, left);
    return;
  }
  const { zeroPoint } = plan.tensors[op.inputs[0]!]!;
  const weights = plan.tensors[op.inputs[1]!]!;
  const [outputs, height, width, inputs] = weights.shape as [number, number, number, number];
  const bias = op.inputs[2]! < 0 ? new Int32Array(outputs) : int32(plan.tensors[op.inputs[2]!]!).slice();
  int8(weights).forEach((w, at) => {
    const channel = at % inputs;
    if (!gone.has(channel)) return;
    const output = Math.floor(at / (height * width * inputs));
    bias[output] = bias[output]! + (codes.get(channel)! - zeroPoint) * w; // wraps around, as sums do
  });
  op.inputs[2] = tensors.constant('bias', bias, [outputs]);
  op.inputs[1] = select(tensors, weights, 3, left);
}

/** A constant with some of the places along one dimension. */
function select(tensors: PlanTensors, from: PlanTensor, dimension: number, places: number[]): number {
  const shape = [...from.shape];
  const behind = shape.slice(dimension + 1).reduce((product, n) => product * n, 1);
  const size = shape[dimension]!;
  const data = from.type === 'int8' ? int8(from) : from.type === 'int32' ? int32(from) : float32(from);
  const kept = new Set(places);
  const values = data.filter((_, at) => kept.has(Math.floor(at / behind) % size));
  shape[dimension] = places.length;
  return tensors.constant(from.name, values, shape);
}

const int8 = ({ data }: PlanTensor) => new Int8Array(data!.buffer, data!.byteOffset, data!.byteLength);
const int32 = ({ data }: PlanTensor) => new Int32Array(data!.slice().buffer);
const float32 = ({ data }: PlanTensor) => new Float32Array(data!.slice().buffer);
