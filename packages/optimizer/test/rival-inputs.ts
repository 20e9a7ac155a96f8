import { fillBatch, type Split } from '@weightfold/datasets';
import { readModel } from '@weightfold/tflite';

/** All examples of a split in a model's own int8 steps, one after the other. */
export function int8Inputs(tflite: Uint8Array, split: Split): Uint8Array {
  const { tensors, inputs } = readModel(tflite).subgraphs[0]!;
  const { scale, zeroPoint } = tensors[inputs[0]!]!.quantization!;
  const all = Uint32Array.from({ length: split.count }, (_, i) => i);
  const steps = Int8Array.from(fillBatch(split, all), (value) =>
    Math.max(-128, Math.min(127, Math.round(value / scale[0]!) + Number(zeroPoint[0]!))),
  );
  return new Uint8Array(steps.buffer);
}
