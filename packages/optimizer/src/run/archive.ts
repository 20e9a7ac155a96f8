import fs from 'node:fs';
import { sha256Hex, writeFileAtomic } from '@weightfold/base';
import { OptimizerError } from '../errors.js';

const magic = 'WFCKPT01';

/** Values that an archive holds: JSON, and Float32Arrays at any place in it. */
export type ArchiveValue =
  | null
  | boolean
  | number
  | string
  | Float32Array
  | ArchiveValue[]
  | { [key: string]: ArchiveValue };

/**
 * Saves JSON with float arrays inside, bit for bit: magic, SHA-256 of the rest, length of the JSON, the JSON with
 * {"$f32": [offset, count]} in place of arrays, the arrays. Written atomically.
 */
export function writeArchive(file: string, value: ArchiveValue): void {
  const arrays: Float32Array[] = [];
  let offset = 0;
  const pack = (item: ArchiveValue): unknown => {
    if (item instanceof Float32Array) {
      arrays.push(item);
      offset += item.length;
      return { $f32: [offset - item.length, item.length] };
    }
    if (Array.isArray(item)) return item.map(pack);
    if (item !== null && typeof item === 'object') {
      return Object.fromEntries(Object.entries(item).map(([key, inner]) => [key, pack(inner)]));
    }
    return item;
  };
  const json = Buffer.from(JSON.stringify(pack(value)));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  const data = arrays.map((array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  const body = Buffer.concat([length, json, ...data]);
  writeFileAtomic(file, Buffer.concat([Buffer.from(magic), Buffer.from(sha256Hex(body), 'hex'), body]));
}

/** Reads what writeArchive wrote. @throws OptimizerError when the file is damaged */
export function readArchive(file: string): ArchiveValue {
  const bytes = fs.readFileSync(file);
  const body = bytes.subarray(40);
  const intact = bytes.length >= 44 && bytes.subarray(0, 8).toString() === magic;
  if (!intact || sha256Hex(body) !== bytes.subarray(8, 40).toString('hex')) {
    throw new OptimizerError(`${file}: damaged checkpoint (its checksum is wrong)`, {
      code: 'BAD_CHECKPOINT',
      where: file,
      hint: 'start over with --fresh',
    });
  }
  const jsonEnd = 4 + body.readUInt32LE(0);
  const floats = new Float32Array(new Uint8Array(body.subarray(jsonEnd)).buffer);
  return JSON.parse(body.subarray(4, jsonEnd).toString(), (_, item) => {
    const range = item?.$f32 as [number, number] | undefined;
    return range ? floats.slice(range[0], range[0] + range[1]) : item;
  });
}
