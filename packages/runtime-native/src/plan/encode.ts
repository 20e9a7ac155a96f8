import { maxRank, noBorder, opKinds, type Plan, type PlanTensor, type PlanType } from './plan.js';

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
const absent = 0xffffffff;

function align(bytes: number, to: number): number {
  return Math.ceil(bytes / to) * to;
}

/** Writes 32- and 64-bit little-endian numbers one after the other. */
class Writer {
  private at = 0;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  magic(text: string): void {
    for (const character of text) this.bytes[this.at++] = character.charCodeAt(0);
  }

  u32(...values: number[]): void {
    for (const value of values) {
      this.view.setUint32(this.at, value, true);
      this.at += 4;
    }
  }

  i32(...values: number[]): void {
    for (const value of values) {
      this.view.setInt32(this.at, value, true);
      this.at += 4;
    }
  }

  u64(...values: number[]): void {
    for (const value of values) {
      this.view.setBigUint64(this.at, BigInt(value), true);
      this.at += 8;
    }
  }
}

function writeTensor(writer: Writer, tensor: PlanTensor): void {
  if (tensor.shape.length > maxRank) throw new RangeError(`rank ${tensor.shape.length} of ${tensor.name}`);
  writer.u32(typeNumbers[tensor.type], locations[tensor.location]);
  writer.u64(tensor.offset, tensor.bytes);
  writer.u32(tensor.shape.length);
  for (let i = 0; i < maxRank; i++) writer.i32(tensor.shape[i] ?? 0);
  writer.i32(tensor.zeroPoint);
  const { top, bottom, left, right } = tensor.border ?? noBorder;
  writer.u32(top + bottom * 0x10000, left + right * 0x10000);
}

/** The flat binary that the native executor loads. The same plan gives the same bytes. */
export function encodePlan(plan: Plan): Uint8Array {
  const references = plan.ops.flatMap((op) => [...op.inputs, ...op.outputs]);
  const parameters = plan.ops.flatMap((op) => op.parameters);
  const words = references.length + parameters.length + plan.inputs.length + plan.outputs.length;
  const tables = headerBytes + plan.tensors.length * tensorBytes + plan.ops.length * opBytes + words * 4;
  const dataOffset = align(tables, dataAlignment);
  const bytes = new Uint8Array(dataOffset + plan.dataBytes);
  const writer = new Writer(bytes);
  writer.magic('WFPL');
  writer.u32(planVersion, plan.tensors.length, plan.ops.length, references.length, parameters.length);
  writer.u32(plan.inputs.length, plan.outputs.length);
  writer.u64(plan.arenaBytes, dataOffset, plan.dataBytes, bytes.length);
  for (const tensor of plan.tensors) writeTensor(writer, tensor);
  let reference = 0;
  let firstParameter = 0;
  for (const op of plan.ops) {
    writer.u32(opKinds[op.kind], reference, op.inputs.length, op.outputs.length);
    writer.u32(firstParameter, op.parameters.length, op.source, Math.min(op.macs, 2 ** 32 - 1));
    reference += op.inputs.length + op.outputs.length;
    firstParameter += op.parameters.length;
  }
  // One by one: spread over a call, a long list overflows the stack.
  for (const index of references) writer.u32(index < 0 ? absent : index);
  for (const parameter of parameters) writer.i32(parameter);
  for (const list of [plan.inputs, plan.outputs]) for (const index of list) writer.u32(index);
  for (const tensor of plan.tensors) if (tensor.data) bytes.set(tensor.data, dataOffset + tensor.offset);
  return bytes;
}
