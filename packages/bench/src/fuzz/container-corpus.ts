import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { compress } from '@weightfold/compressor';
import { codecs, openContainer } from '@weightfold/container';

const vectors = fileURLToPath(new URL('../../../../formats/container/vectors/', import.meta.url));
const levels = ['fast', 'default', 'max'] as const;
/**
 * What decoding costs, in the time that a container of some hundred bytes takes: for each block of a codec and for each byte of it. Codecs
 * that mix contexts prepare large tables.
 */
const mixing = new Map([
  ['context', { block: 40, byte: 0.1 }],
  ['weights', { block: 20, byte: 0.02 }],
]);
const bytesOfOne = 16384;
const mixedTable = 20;
/** A table of blocks that needs more for its decoder is mixed from contexts. */
const mostStaticTables = 2 ** 20;

/** Of all cases, how many a slow file has in any case. */
const leastShare = 1 / 500;

/** A container to mutate, and how many times. */
export interface CorpusFile {
  file: string;
  cases: number;
  /** Names of the codecs of its blocks. */
  codecs: string[];
}

/**
 * The conformance vectors, and models packed at every level into `folder`. Cases are shared out by what a file's decoding is expected
 * to cost, so that no file takes most of the time, and the same on every machine.
 *
 * @param count of cases in all, at least
 */
export function containerCorpus(models: string[], folder: string, count: number): CorpusFile[] {
  const names = fs.readdirSync(vectors).filter((name) => name.endsWith('.wfz'));
  const files = [
    ...names.map((name) => path.join(vectors, name)),
    ...models.flatMap((model) => pack(model, folder)),
  ];
  const known = files.map((file) => ({ file, ...describe(new Uint8Array(fs.readFileSync(file))) }));
  const sum = known.reduce((total, { cost }) => total + 1 / cost, 0);
  return known.map(({ file, cost, codecs }) => ({
    file,
    codecs,
    cases: Math.ceil(count * Math.max(1 / cost / sum, leastShare)),
  }));
}

/** How many files have blocks of each codec, in words. */
export function coverage(corpus: CorpusFile[]): string {
  const counts = codecs.map(
    ({ name }) => `${name} ${corpus.filter((file) => file.codecs.includes(name)).length}`,
  );
  return `files with blocks of each codec: ${counts.join(', ')}`;
}

function pack(model: string, folder: string): string[] {
  const original = new Uint8Array(fs.readFileSync(model));
  return levels.map((level) => {
    const target = path.join(folder, `${path.basename(model, '.tflite')}.${level}.wfz`);
    fs.writeFileSync(target, compress(original, { level }).bytes);
    return target;
  });
}

function describe(file: Uint8Array): { codecs: string[]; cost: number } {
  const { blocks, originalSize, headerTableBytes } = openContainer(file);
  const names = blocks.map(({ codec }) => codecs.find(({ id }) => id === codec)!.name);
  const costs = blocks.map(({ length }, i) => {
    const { block, byte } = mixing.get(names[i]!) ?? { block: 0, byte: 0 };
    return block + byte * length;
  });
  return {
    codecs: [...new Set(names)],
    cost: costs.reduce(
      (sum, cost) => sum + cost,
      1 + originalSize / bytesOfOne + (headerTableBytes > mostStaticTables ? mixedTable : 0),
    ),
  };
}
