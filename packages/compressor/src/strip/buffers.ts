import { sha256Hex } from '@weightfold/base';
import type { Model } from '@weightfold/tflite';

/** Every place that names a buffer: reads it, and can write another index. */
function forEachUse(model: Model, visit: (buffer: number, tensor: boolean) => number): void {
  for (const { tensors } of model.subgraphs) {
    for (const tensor of tensors) tensor.buffer = visit(tensor.buffer, true);
  }
  for (const entry of model.metadata) entry.buffer = visit(entry.buffer, false);
  model.metadataBuffer = model.metadataBuffer.map((buffer) => visit(buffer, false));
}

/** Bytes of buffers that equal one before them: the writer keeps the first (formats/tflite, write.ts). */
export function duplicateBytes(model: Model): number {
  const seen = new Set<string>();
  let bytes = 0;
  const used = new Set<number>();
  forEachUse(model, (buffer) => {
    used.add(buffer);
    return buffer;
  });
  model.buffers.forEach((data, index) => {
    if (data.length === 0 || !used.has(index)) return;
    const key = sha256Hex(data);
    if (seen.has(key)) bytes += data.length;
    seen.add(key);
  });
  return bytes;
}

/** Keeps buffer 0, which runtimes take for "no data", and those in use. */
export function dropUnusedBuffers(model: Model): void {
  const used = new Set([0]);
  forEachUse(model, (buffer) => {
    used.add(buffer);
    return buffer;
  });
  const kept = model.buffers.map((_, index) => index).filter((index) => used.has(index));
  const place = new Map(kept.map((index, at) => [index, at]));
  model.buffers = kept.map((index) => model.buffers[index]!);
  forEachUse(model, (buffer) => place.get(buffer)!);
}

/** Points tensors without data at buffer 0 when it is empty, in place of an empty buffer of their own each. */
export function mergeEmptyBuffers(model: Model): void {
  if (model.buffers[0]?.length !== 0) return;
  forEachUse(model, (buffer, tensor) => (tensor && model.buffers[buffer]!.length === 0 ? 0 : buffer));
  dropUnusedBuffers(model);
}
