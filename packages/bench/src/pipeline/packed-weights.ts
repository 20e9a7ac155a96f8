import { compress } from '@weightfold/compressor';

/** Bytes that the weights and scales of a .tflite need in a .wfz. */
export function packedWeightBytes(tflite: Uint8Array): number {
  const { tensors } = compress(tflite).report;
  const counted = tensors.filter(({ kind }) => kind === 'tensor' || kind === 'scales');
  return counted.reduce((sum, { codedBytes }) => sum + codedBytes, 0);
}
