import fs from 'node:fs';
import { sha256Hex } from '@weightfold/base';
import { type Level, zipBytes } from '@weightfold/compressor';
import { baselineFile, parseCsv } from '../baselines.js';
import { brotliBytes, lzmaBytes, xzBytes, zstdBytes } from '../pipeline/sizes.js';
import { type SizeClass, sizeClass } from './size-class.js';

export const sizeLevels: readonly Level[] = ['fast', 'default', 'max'];

/** Packers beside ours, by their columns in size.csv. Zip is told, but the others are who must be beaten. */
const rivals: Record<string, (data: Uint8Array) => number | null | Promise<number | null>> = {
  zip: zipBytes,
  zstd22: zstdBytes,
  xz9e: xzBytes,
  lzma: lzmaBytes,
  brotli11: brotliBytes,
};
export const rivalNames = Object.keys(rivals);

/** What is known of a file whatever our codec makes of it; sizes of rivals are null where they are not installed. */
export interface FileFacts {
  sha256: string;
  original: number;
  class: SizeClass;
  rivals: Record<string, number | null>;
}

export type SizeRow = Record<string, string>;

/** The rows of size.csv; none when there is no such file. */
export function recordedSizes(): SizeRow[] {
  const file = baselineFile('size');
  return fs.existsSync(file) ? parseCsv(fs.readFileSync(file, 'utf8')) : [];
}

/**
 * Facts of a file. Sizes of rivals are taken from recorded rows of the same content where they are there, since measuring them takes
 * minutes.
 */
export async function factsOf(data: Uint8Array, recorded: readonly SizeRow[]): Promise<FileFacts> {
  const sha256 = sha256Hex(data);
  const row = recorded.find((candidate) => candidate.sha256 === sha256);
  const sizes: Record<string, number | null> = {};
  for (const [name, measure] of Object.entries(rivals)) {
    sizes[name] = row?.[name] ? Number(row[name]) : await measure(data);
  }
  return { sha256, original: data.length, class: sizeClass(data), rivals: sizes };
}

/** The smallest size among the rivals that are installed, zip included. */
export function bestRival({ rivals: sizes }: FileFacts): number {
  return Math.min(...Object.values(sizes).filter((size) => size !== null));
}
