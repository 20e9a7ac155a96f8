import { namingFile } from '@weightfold/base';
import { decodeContainer, isContainer, packedFile } from '@weightfold/container';
import { type Model, readModel } from '@weightfold/tflite';

/** Bytes of a .tflite, whether they are one or are packed in a .wfz (decoded by the TypeScript decoder). */
export function asTflite(bytes: Uint8Array): Uint8Array {
  return isContainer(bytes) ? decodeContainer(bytes) : bytes;
}

/** Bytes of a .tflite and the model in them. Errors tell when places are those of the file that a .wfz holds. */
export function asModel(bytes: Uint8Array): { tflite: Uint8Array; model: Model } {
  const tflite = asTflite(bytes);
  const read = () => readModel(tflite);
  return { tflite, model: tflite === bytes ? read() : namingFile(packedFile, read) };
}
