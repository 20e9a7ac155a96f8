import { rounding } from '../lower/weights.js';
import { doubleRounding } from '../plan/multiplier.js';
import { elementBytes, type Plan, type PlanOp, type PlanTensor, shapeElements } from '../plan/plan.js';
import type { PlanTensors } from '../plan/tensors.js';
import type { Use } from './uses.js';
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
export function dropConstantChannels(plan: Plan, tensors: PlanTensors, uses: Map<number, Use>): void {
  for (const op of plan.ops) {
    if (op.kind !== 'CONV_2D' || op.parameters[groupsAt] !== 1) continue;
    const all = zeroChannels(plan, tensors, op);
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
function zeroChannels(plan: Plan, tensors: PlanTensors, op: PlanOp): Constants {
  const codes: Constants = new Map();
  if (op.parameters[roundingAt] !== rounding.double || hasWeightZero(plan, op)) return codes;
  const weights = int8(plan.tensors[op.inputs[1]!]!);
  const channels = plan.tensors[op.outputs[0]!]!.shape[3]!;
  const zero = tensors.loops.zeroRuns(weights, weights.length / channels);
  if (zero.length === 0) return codes;
  const codeOf = outputCodes(plan, op);
  for (const c of zero) codes.set(c, codeOf(c, 0));
  return codes;
}

/** Whether weights are codes with a zero point, as in models of uint8: then the stored number is not the weight. */
function hasWeightZero(plan: Plan, op: PlanOp): boolean {
  return plan.tensors[op.inputs[1]!]!.zeroPoint !== 0;
}

/** What gives the code of a channel whose products add up to `sum`. */
function outputCodes(plan: Plan, op: PlanOp): (channel: number, sum: number) => number {
  const numbers = (i: number) => (op.inputs[i]! < 0 ? null : int32(plan.tensors[op.inputs[i]!]!));
  const [bias, multipliers, shifts] = [numbers(2), numbers(3)!, numbers(4)!];
  const { zeroPoint } = plan.tensors[op.outputs[0]!]!;
  const [min, max] = [op.parameters[minAt]!, op.parameters[maxAt]!];
  return (channel, sum) => {
    const value = ((bias ? bias[channel]! : 0) + sum) | 0;
    const code = doubleRounding(value, multipliers[channel]!, shifts[channel]!) + zeroPoint;
    return Math.min(Math.max(code, min), max);
  };
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
    if (hasWeightZero(plan, reader)) return null;
    const seen = [...constants].filter(([, code]) => everywhere(plan, reader, code));
    if (convolution) return { op: reader, constants: new Map(seen), next: [] };
    const codes = depthwiseCodes(plan, reader, seen);
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

function depthwiseCodes(plan: Plan, op: PlanOp, seen: readonly [channel: number, code: number][]): Constants {
  const weights = int8(plan.tensors[op.inputs[1]!]!);
  const { shape, zeroPoint } = plan.tensors[op.inputs[0]!]!;
  const codeOf = outputCodes(plan, op);
  const codes: Constants = new Map();
  for (const [channel, code] of seen) {
    let sum = 0;
    for (let at = channel; at < weights.length; at += shape[3]!) sum += weights[at]!;
    codes.set(channel, codeOf(channel, (code - zeroPoint) * sum));
  }
  return codes;
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
  const data = int8(weights);
  const kernel = height * width * inputs;
  for (const channel of gone) {
    const distance = codes.get(channel)! - zeroPoint;
    if (distance === 0) continue; // as behind RELU, mostly
    for (let output = 0; output < outputs; output++) {
      let sum = 0;
      for (let at = channel; at < kernel; at += inputs) sum += data[output * kernel + at]!;
      bias[output] = bias[output]! + distance * sum; // wraps around, as sums do
    }
  }
  op.inputs[2] = tensors.constant('bias', bias, [outputs]);
  op.inputs[1] = select(tensors, weights, 3, left);
}

/** A constant with some of the places along one dimension. */
function select(tensors: PlanTensors, from: PlanTensor, dimension: number, places: number[]): number {
  const shape = [...from.shape];
  const size = shape[dimension]!;
  const run = shapeElements(shape.slice(dimension + 1)) * elementBytes[from.type];
  shape[dimension] = places.length;
  const bytes = new Uint8Array((from.data!.length / size) * places.length);
  tensors.loops.selectRuns(from.data!, run, size, Int32Array.from(places), bytes);
  const values = from.type === 'int8' ? Int8Array : from.type === 'int32' ? Int32Array : Float32Array;
  return tensors.constant(from.name, new values(bytes.buffer), shape);
}

const int8 = ({ data }: PlanTensor) => new Int8Array(data!.buffer, data!.byteOffset, data!.byteLength);
const int32 = ({ data }: PlanTensor) => new Int32Array(data!.slice().buffer);
