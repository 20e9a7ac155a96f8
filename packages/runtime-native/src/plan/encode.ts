import { inDataSection } from './layout.js';
import {
  maxRank,
  noBorder,
  opKinds,
  type Plan,
  type PlanOp,
  type PlanTensor,
  type PlanType,
} from './plan.js';

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
};
const locations: Record<PlanTensor['location'], number> = { arena: 0, data: 1, state: 2 };
/** `WFPL` */
const magic = 0x4c504657;

function align(bytes: number, to: number): number {
  return Math.ceil(bytes / to) * to;
}

/** Writes 32- and 64-bit little-endian numbers one after the other; negative ones as two's complement. */
class Writer {
  private at = 0;
  private readonly words: Uint32Array;

  constructor(bytes: Uint8Array) {
    this.words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  }

  u32(value: number): void {
    this.words[this.at++] = value;
  }

  /** @param value a whole number from 0 to 2^53 */
  u64(value: number): void {
    this.words[this.at++] = value;
    this.words[this.at++] = value / 2 ** 32;
  }
}

function writeTensor(writer: Writer, tensor: PlanTensor): void {
  const { shape } = tensor;
  if (shape.length > maxRank) throw new RangeError(`rank ${shape.length} of ${tensor.name}`);
  writer.u32(typeNumbers[tensor.type]);
  writer.u32(locations[tensor.location]);
  writer.u64(tensor.offset);
  writer.u64(tensor.bytes);
  writer.u32(shape.length);
  for (let i = 0; i < maxRank; i++) writer.u32(i < shape.length ? shape[i]! : 0);
  writer.u32(tensor.zeroPoint);
  const { top, bottom, left, right } = tensor.border ?? noBorder;
  writer.u32(top + bottom * 0x10000);
  writer.u32(left + right * 0x10000);
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
  const writer = new Writer(bytes);
  writer.u32(magic);
  writer.u32(planVersion);
  for (const table of [plan.tensors, plan.ops]) writer.u32(table.length);
  for (const count of [references, parameters]) writer.u32(count);
  for (const list of [plan.inputs, plan.outputs]) writer.u32(list.length);
  writer.u64(plan.arenaBytes);
  writer.u64(dataOffset);
  writer.u64(plan.dataBytes);
  writer.u64(dataOffset + plan.dataBytes);
  for (const tensor of plan.tensors) writeTensor(writer, tensor);
  writeOps(writer, plan.ops);
  for (const list of [plan.inputs, plan.outputs]) for (const index of list) writer.u32(index);
  return bytes;
}

/** Records of ops, then the references and the parameters of all. */
function writeOps(writer: Writer, ops: readonly PlanOp[]): void {
  let [reference, parameter] = [0, 0];
  for (const op of ops) {
    writer.u32(opKinds[op.kind]);
    writer.u32(reference);
    writer.u32(op.inputs.length);
    writer.u32(op.outputs.length);
    writer.u32(parameter);
    writer.u32(op.parameters.length);
    writer.u32(op.source);
    writer.u32(Math.min(op.macs, 2 ** 32 - 1));
    reference += op.inputs.length + op.outputs.length;
    parameter += op.parameters.length;
  }
  // −1 becomes FFFFFFFF: absent.
  for (const { inputs, outputs } of ops) {
    for (const index of inputs) writer.u32(index);
    for (const index of outputs) writer.u32(index);
  }
  for (const { parameters } of ops) for (const value of parameters) writer.u32(value);
}
