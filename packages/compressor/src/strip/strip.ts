import { type Model, readModel, writeModel } from '@weightfold/tflite';
import { dropUnusedBuffers, duplicateBytes, mergeEmptyBuffers } from './buffers.js';
import { dropDescriptions, dropMetadata, dropNames, dropRanges, dropShapeSignatures } from './fields.js';

/** What a stripped model does without, and how many bytes of the file that was. */
export interface Dropped {
  kind: string;
  bytes: number;
}

export interface StrippedModel {
  /** A .tflite that computes the same; the original itself when rewriting it gains nothing. */
  bytes: Uint8Array;
  /**
   * Bytes saved by kind; they add up to the difference of the sizes. Padding and layout may be below 0: a file that was written
   * tighter than ours, such as one with data that are not aligned.
   */
  dropped: Dropped[];
}

/** Each changes the model in place; in this order, since metadata hold buffers. */
const steps: readonly { kind: string; apply: (model: Model) => void }[] = [
  { kind: 'names of tensors, operators and subgraphs', apply: dropNames },
  { kind: 'ranges (min and max) of quantization', apply: dropRanges },
  { kind: 'shape signatures that repeat the shape', apply: dropShapeSignatures },
  { kind: 'metadata', apply: dropMetadata },
  { kind: 'description', apply: dropDescriptions },
  { kind: 'buffers that nothing uses', apply: dropUnusedBuffers },
  { kind: 'empty buffers', apply: mergeEmptyBuffers },
];

/**
 * Leaves out of a .tflite what inference does not need: names but those of inputs, outputs and signatures, ranges of quantization,
 * metadata, descriptions, unused and equal buffers, padding. Weights, scales, operators and their order stay as they are, so that
 * every output keeps its bits.
 *
 * @param tflite the bytes of a .tflite
 * @returns another file: what is left out cannot be had back from it
 * @throws TfliteError for anything that is no .tflite, or a damaged one
 */
export function stripModel(tflite: Uint8Array): StrippedModel {
  const model = readModel(tflite);
  const duplicates = duplicateBytes(model);
  let bytes = writeModel(model);
  const equal = { kind: 'equal buffers', bytes: duplicates };
  const layout = { kind: 'padding and layout', bytes: tflite.length - bytes.length - duplicates };
  const dropped: Dropped[] = [];
  for (const { kind, apply } of steps) {
    apply(model);
    const smaller = writeModel(model);
    const saved = bytes.length - smaller.length;
    // What is left out may shift the data behind it to where they need more padding.
    if (saved > 0) dropped.push({ kind, bytes: saved });
    else layout.bytes += saved;
    bytes = smaller;
  }
  if (bytes.length >= tflite.length) return { bytes: tflite, dropped: [] };
  return { bytes, dropped: [...dropped, equal, layout].filter((entry) => entry.bytes !== 0) };
}
