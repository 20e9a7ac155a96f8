import { emulatedHere, UsageError } from '@weightfold/base';
import { distrust } from '../context/distrust.js';
import { contextBetween, readMachine } from '../context/local.js';
import type { Ready } from './contenders/contender.js';
import { contenders } from './contenders/registry.js';
import { measureModel } from './measure-model.js';
import { pinTo } from './pin.js';
import { profileFile } from './profile.js';
import { refusal } from './refusal.js';
import type { BenchResult } from './schema.js';

export type { BenchContext, BenchRatio, BenchResult, BenchRow, Verdict } from './schema.js';

export interface BenchOptions {
  /** Files: .tflite or .wfz. */
  models: string[];
  /** Names of contenders (contenders/registry.ts). */
  against?: string[];
  threads?: number;
  /** Measured runs of each engine, at least; as many as 40 rounds of 10 ms take when neither this nor minSeconds is given. */
  runs?: number;
  /** Measured seconds of each engine, at least. */
  minSeconds?: number;
  /** Of the order of contenders in each round. */
  seed?: number;
  /** .npy with the input of a model that has one; seeded noise when absent. */
  input?: string;
  /** CPUs that this process and the rivals are kept on. */
  pin?: number[];
  /** Seconds for which our runtime goes on after that, watched for drift. */
  soakSeconds?: number;
  /** Whether the ops of each model are timed as well. */
  profile?: boolean;
  /** Whether a .tflite is packed as well, for the size: takes seconds where a model is large. */
  pack?: boolean;
  onProgress?: (message: string) => void;
  /** Called between rounds with the part of a model's measurement that is done. */
  onRound?: (model: string, part: number) => void;
  /** The same for going on after it. */
  onSoak?: (model: string, part: number) => void;
}

/**
 * Latency, memory, load time and sizes of models in our runtime and, interleaved with it, in rivals. A rival that cannot be had is
 * told in `absent`; one that refuses a model, or fails while it is measured, in `refused`; the others are measured. On an emulator all
 * are refused.
 * @throws UsageError for an unknown rival or an input that does not fit
 */
export async function benchModels(options: BenchOptions): Promise<BenchResult> {
  const { models, against = [], threads = 1, pin, onProgress = () => {} } = options;
  checkContenders(against);
  const emulated = emulatedHere();
  if (emulated) return refusedHere(options, emulated);
  const { ready, absent } = await prepareAll(against, onProgress);
  const unpin = pin ? await pinTo(pin) : async () => {};
  try {
    keepBusy(rampUpMs);
    const before = await readMachine();
    const measured: Measured = { results: [], ratios: [], samples: [], refused: [], soak: [] };
    for (const model of models) {
      onProgress(`measuring ${model}`);
      await measureModel(model, ready, options, measured);
    }
    const profiles = options.profile && models.map((model) => profileFile(model, threads, options.input));
    const context = contextBetween(before, await readMachine(), { pinned: pin ?? null });
    const reasons = distrust(context, pin?.length ?? threads);
    const result = completed(options, { ...measured, absent, context }, reasons);
    return profiles ? { ...result, profiles } : result;
  } finally {
    await unpin();
  }
}

/** What measuring the models adds to. */
export type Measured = Pick<BenchResult, 'results' | 'ratios' | 'samples' | 'refused'> & {
  soak: NonNullable<BenchResult['soak']>;
};

async function refusedHere(options: BenchOptions, emulated: string): Promise<BenchResult> {
  const { models, against = [], pin, threads = 1 } = options;
  const reading = await readMachine();
  const context = contextBetween(reading, reading, { pinned: pin ?? null });
  const reasons = distrust(context, pin?.length ?? threads);
  return completed(options, { ...refusal(models, against, emulated), context }, reasons);
}

/** The document: what speaks against the whole run speaks against each of its rows. */
export function completed(
  { threads = 1, runs, minSeconds, seed = 1, input }: BenchOptions,
  { soak, ...measured }: Measured & Pick<BenchResult, 'absent' | 'context' | 'board'>,
  reasons: string[],
): BenchResult {
  const results = measured.results.map((row) => ({
    ...row,
    trusted: row.trusted && reasons.length === 0,
    reasons: [...row.reasons, ...reasons],
  }));
  return {
    settings: {
      seed,
      runs: runs ?? null,
      minSeconds: minSeconds ?? null,
      rounds: measured.samples[0]?.rounds.length ?? 0,
      threads,
      input: input ?? null,
    },
    ...measured,
    results,
    ...(soak.length > 0 ? { soak } : {}),
    trusted: results.length > 0 && results.every((row) => row.trusted),
    reasons,
  };
}

/** @throws UsageError naming one that is not known */
export function checkContenders(names: readonly string[]): void {
  const known = contenders.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const expected = known.join(', ');
  throw new UsageError(`against: expected one of ${expected} but received ${unknown}`, {
    where: 'against',
    expected,
    received: unknown,
  });
}

async function prepareAll(
  names: string[],
  onProgress: (message: string) => void,
): Promise<{ ready: Map<string, Ready>; absent: BenchResult['absent'] }> {
  const ready = new Map<string, Ready>();
  const absent: BenchResult['absent'] = [];
  for (const name of names) {
    const contender = contenders.find((known) => known.name === name)!;
    const prepared = await contender.prepare(onProgress);
    if (!('absent' in prepared)) {
      ready.set(name, prepared);
      continue;
    }
    absent.push({ engine: name, reason: prepared.absent });
    onProgress(`${name} (${contender.title}) is absent: ${prepared.absent}`);
  }
  return { ready, absent };
}

/** Governors raise an idle CPU's frequency within this time. */
const rampUpMs = 200;

function keepBusy(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}
