import fs from 'node:fs';
import { decodeContainer, isContainer } from '@weightfold/container';

/** Bytes of a .tflite, whether they are one or are packed in a .wfz (decoded by the TypeScript decoder). */
export function asTflite(bytes: Uint8Array): Uint8Array {
  return isContainer(bytes) ? decodeContainer(bytes) : bytes;
}

/** The same from a file. */
export function readTflite(file: string): Uint8Array {
  return asTflite(new Uint8Array(fs.readFileSync(file)));
}
