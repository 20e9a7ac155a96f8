import fs from 'node:fs';
import { decodeContainer, magic } from '@weightfold/container';

/** Whether the bytes begin as a .wfz does. */
export function isContainer(bytes: Uint8Array): boolean {
  return Buffer.compare(bytes.subarray(0, magic.length), Buffer.from(magic)) === 0;
}

/** Bytes of a .tflite, whether they are one or are packed in a .wfz (decoded by the TypeScript decoder). */
export function asTflite(bytes: Uint8Array): Uint8Array {
  return isContainer(bytes) ? decodeContainer(bytes) : bytes;
}

/** The same from a file. */
export function readTflite(file: string): Uint8Array {
  return asTflite(new Uint8Array(fs.readFileSync(file)));
}
