import fs from 'node:fs';
import { expectHardware } from '@weightfold/base';
import { compress, type Level } from '@weightfold/compressor';
import { flatten, median, pairedRatio, type Rounds } from '../statistics.js';
import {
  brotliUnpacker,
  hashTimer,
  nativeUnpacker,
  referenceUnpacker,
  type Unpacker,
  zstdUnpacker,
} from './unpackers.js';

/** How fast one unpacker restores one file. */
export interface UnpackRow {
  unpacker: string;
  codedBytes: number;
  medianMs: number;
  /** 10^6 bytes of the original per second. */
  megabytesPerSecond: number;
  /** How many times as fast it is as what it is compared with in the same run, and the 95 % interval. */
  versus: { unpacker: string; ratio: number; ci95: [number, number] }[];
}

const roundCount = 15;
/** Each unpacker gets some 20 ms in a round, but at least one decode and at most 100. */
const roundMs = 20;
const mostRuns = 100;

/**
 * Decoding speed of a file in all levels, with one and two threads, beside zstd 19 and brotli 11: 15 rounds in each of which every
 * unpacker has its turn, in an order that rotates, so that a slow spell of the machine meets all of them.
 */
export async function benchUnpack(file: string, levels: Level[], zstdPath: string): Promise<UnpackRow[]> {
  expectHardware();
  const original = new Uint8Array(fs.readFileSync(file));
  const unpackers: Unpacker[] = [];
  try {
    for (const level of levels) {
      const { bytes: wfz } = compress(original, { level });
      unpackers.push(nativeUnpacker(level, wfz, original));
      unpackers.push(nativeUnpacker(`${level}, 2 threads`, wfz, original, 2));
      unpackers.push(referenceUnpacker(`${level}, TypeScript`, wfz));
      if (level === levels[0]) unpackers.push(hashTimer(wfz, original));
    }
    unpackers.push(await zstdUnpacker(file, 19, zstdPath), brotliUnpacker(original));
    return rows(original.length, unpackers, await measure(unpackers), levels);
  } finally {
    for (const unpacker of unpackers) unpacker.close();
  }
}

async function measure(unpackers: Unpacker[]): Promise<Map<string, Rounds>> {
  const runs: number[] = [];
  for (const unpacker of unpackers) {
    const probe = median(await unpacker.time(3)) / 1e6;
    runs.push(Math.min(mostRuns, Math.max(1, Math.round(roundMs / probe))));
  }
  const rounds = unpackers.map((): number[][] => []);
  for (let round = 0; round < roundCount; round++) {
    for (let i = 0; i < unpackers.length; i++) {
      const at = (round + i) % unpackers.length;
      rounds[at]!.push(await unpackers[at]!.time(runs[at]!));
    }
  }
  return new Map(unpackers.map(({ name }, i) => [name, rounds[i]!]));
}

function rows(
  bytes: number,
  unpackers: Unpacker[],
  rounds: Map<string, Rounds>,
  levels: string[],
): UnpackRow[] {
  return unpackers.map(({ name, codedBytes }) => {
    const own = rounds.get(name)!;
    const medianMs = median(flatten(own)) / 1e6;
    const [level, variant] = name.split(', ');
    const isLevel = levels.includes(level!);
    const rivals = !isLevel ? [] : variant === undefined ? ['zstd-19', 'brotli-11'] : [level!];
    const versus = rivals.map((unpacker) => ({ unpacker, ...pairedRatio(own, rounds.get(unpacker)!) }));
    return { unpacker: name, codedBytes, medianMs, megabytesPerSecond: bytes / medianMs / 1000, versus };
  });
}
