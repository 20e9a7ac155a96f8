import { inDataSection } from './layout.js';
import { maxRank, opKinds, type Plan, type PlanOp, type PlanTensor, type PlanType } from './plan.js';

// Sizes and field order are those of native/plan/plan.h; docs/design/plan.md describes them.
export const planVersion = 2;
const headerBytes = 64;
const tensorBytes = 64;
const opBytes = 32;
const dataAlignment = 64;
export const typeNumbers: Record<PlanType, number> = {
  int8: 0,
  uint8: 1,
  int16: 2,
  int32: 3,
  float32: 4,
  int64: 5,
  bool: 6,
};
const locations: Record<PlanTensor['location'], number> = { arena: 0, data: 1, state: 2 };
/** `WFPL` */
const magic = 0x4c504657;

function align(bytes: number, to: number): number {
  return Math.ceil(bytes / to) * to;
}

/** Writes a whole number from 0 to 2^53 as two words, the lower one first. */
function write64(words: Uint32Array, at: number, value: number): void {
  words[at] = value;
  words[at + 1] = value / 2 ** 32;
}

/** Writes a tensor's record, which begins at word `at`; negative numbers as two's complement. */
function writeTensor(words: Uint32Array, at: number, tensor: PlanTensor): void {
  const { shape, border } = tensor;
  if (shape.length > maxRank) throw new RangeError(`rank ${shape.length} of ${tensor.name}`);
  words[at] = typeNumbers[tensor.type];
  words[at + 1] = locations[tensor.location];
  write64(words, at + 2, tensor.offset);
  write64(words, at + 4, tensor.bytes);
  words[at + 6] = shape.length;
  for (let i = 0; i < shape.length; i++) words[at + 7 + i] = shape[i]!;
  words[at + 13] = tensor.zeroPoint;
  if (!border) return;
  words[at + 14] = border.top + border.bottom * 0x10000;
  words[at + 15] = border.left + border.right * 0x10000;
}

/** The flat binary that the native executor loads. The same plan gives the same bytes. */
export function encodePlan(plan: Plan): Uint8Array {
  const pieces = planPieces(plan);
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** The same bytes in pieces that follow one another; constants are the plan's own, not copies. */
export function planPieces(plan: Plan): Uint8Array[] {
  const tables = encodeTables(plan);
  const pieces = [tables];
  const zeros = new Uint8Array(dataAlignment);
  let at = 0;
  for (const { data, offset } of inDataSection(plan.tensors)) {
    if (offset > at) pieces.push(zeros.subarray(0, offset - at));
    pieces.push(data!);
    at = offset + data!.length;
  }
  if (at !== plan.dataBytes) throw new RangeError(`${at} bytes of constants, expected ${plan.dataBytes}`);
  return pieces;
}

/** Header and tables, up to where the data section begins. */
function encodeTables(plan: Plan): Uint8Array {
  let [references, parameters] = [0, 0];
  for (const op of plan.ops) {
    references += op.inputs.length + op.outputs.length;
    parameters += op.parameters.length;
  }
  const words = references + parameters + plan.inputs.length + plan.outputs.length;
  const tables = headerBytes + plan.tensors.length * tensorBytes + plan.ops.length * opBytes + words * 4;
  const dataOffset = align(tables, dataAlignment);
  const bytes = new Uint8Array(dataOffset);
  const encoded = new Uint32Array(bytes.buffer);
  const counts = [plan.tensors.length, plan.ops.length, references, parameters];
  encoded.set([magic, planVersion, ...counts, plan.inputs.length, plan.outputs.length]);
  write64(encoded, 8, plan.arenaBytes);
  write64(encoded, 10, dataOffset);
  write64(encoded, 12, plan.dataBytes);
  write64(encoded, 14, dataOffset + plan.dataBytes);
  let at = headerBytes / 4;
  for (const tensor of plan.tensors) {
    writeTensor(encoded, at, tensor);
    at += tensorBytes / 4;
  }
  at = writeOps(encoded, at, plan.ops);
  encoded.set(plan.inputs, at);
  encoded.set(plan.outputs, at + plan.inputs.length);
  return bytes;
}

/** Writes records of ops, then the references and the parameters of all. Returns the word behind them. */
function writeOps(words: Uint32Array, begin: number, ops: readonly PlanOp[]): number {
  let at = begin;
  let [reference, parameter] = [0, 0];
  for (const op of ops) {
    words[at] = opKinds[op.kind];
    words[at + 1] = reference;
    words[at + 2] = op.inputs.length;
    words[at + 3] = op.outputs.length;
    words[at + 4] = parameter;
    words[at + 5] = op.parameters.length;
    words[at + 6] = op.source;
    words[at + 7] = Math.min(op.macs, 2 ** 32 - 1);
    at += opBytes / 4;
    reference += op.inputs.length + op.outputs.length;
    parameter += op.parameters.length;
  }
  // −1 becomes FFFFFFFF: absent.
  for (const { inputs, outputs } of ops) {
    for (const index of inputs) words[at++] = index;
    for (const index of outputs) words[at++] = index;
  }
  for (const { parameters } of ops) for (const value of parameters) words[at++] = value;
  return at;
}
