import { compress, type Level } from '@weightfold/compressor';
import { openContainer } from '@weightfold/container';
import type { CoderTensor } from '@weightfold/rivals';
import { readModel, typedData, weightStatistics } from '@weightfold/tflite';

/** A tensor of int8 or uint8 weights that has a block of its own in a .wfz. */
export interface WeightTensor extends CoderTensor {
  buffer: number;
  bytes: Uint8Array;
}

/** The compressor gathers smaller tensors in a stream with other things: they cannot be told apart there. */
const leastBytes = 256;

/** Tensors of byte weights, each buffer once, around their zero point, with the output channel first as rows. */
export function weightTensors(tflite: Uint8Array): WeightTensor[] {
  const model = readModel(tflite);
  const found = new Map<number, WeightTensor>();
  model.subgraphs.forEach((graph, g) => {
    for (const { tensorIndex, dtype, bytes } of weightStatistics(model, g)) {
      const tensor = graph.tensors[tensorIndex]!;
      if ((dtype !== 'int8' && dtype !== 'uint8') || bytes < leastBytes || found.has(tensor.buffer)) continue;
      const zeroPoint = Number(tensor.quantization?.zeroPoint[0] ?? 0);
      found.set(tensor.buffer, {
        buffer: tensor.buffer,
        bytes: model.buffers[tensor.buffer]!,
        rows: tensor.shape[0]!,
        values: Int16Array.from(
          typedData(model, tensor) as Int8Array | Uint8Array,
          (code) => code - zeroPoint,
        ),
      });
    }
  });
  return [...found.values()];
}

/** Bytes of the blocks that hold these tensors in our container. */
export function ourWeightBytes(tflite: Uint8Array, tensors: readonly WeightTensor[], level: Level): number {
  const { blocks } = openContainer(compress(tflite, { level }).bytes);
  const wanted = new Set(tensors.map(({ buffer }) => buffer));
  return blocks
    .filter(({ kind, id }) => kind === 'tensor' && wanted.has(id))
    .reduce((sum, { codedLength }) => sum + codedLength, 0);
}
