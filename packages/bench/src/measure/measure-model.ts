import fs from 'node:fs';
import { namingFile } from '@weightfold/base';
import { compress } from '@weightfold/compressor';
import { isContainer } from '@weightfold/container';
import { RivalError } from '@weightfold/rivals';
import { addonHash } from '@weightfold/runtime-native';
import { asTflite } from '../source.js';
import type { BenchOptions, Measured } from './bench-models.js';
import type { Job, Ready } from './contenders/contender.js';
import { concatInputs, type Engine, loadCopies, ourEngine } from './engines.js';
import { measureFresh } from './fresh.js';
import { setInputs } from './inputs.js';
import { interleave, type Samples } from './interleave.js';
import { soak } from './soak.js';
import { latencyOf, ratiosOf } from './summarize.js';

/** Measures one model in our runtime and in the rivals, and adds what was found to `measured`. */
export async function measureModel(
  file: string,
  rivals: ReadonlyMap<string, Ready>,
  options: BenchOptions,
  measured: Measured,
): Promise<void> {
  const { threads = 1, pack = false, soakSeconds, onProgress = () => {} } = options;
  const bytes = new Uint8Array(fs.readFileSync(file));
  const engines: Engine[] = [];
  try {
    const { ours, example } = await startOurs(file, bytes, options);
    engines.push(ours);
    const tflite = asTflite(bytes);
    const job = { tflite, example, threads };
    engines.push(...(await startRivals(file, job, rivals, measured, onProgress)));
    const sizes = { fileBytes: tflite.length, wfzBytes: packedBytes(bytes, pack) };
    const samples = await measureEngines(file, engines, options, measured);
    const named = engines.map(({ name }, i) => ({ name, rounds: samples[i]!.rounds }));
    for (const [i, { time, close, name, ...facts }] of engines.entries()) {
      const latency = latencyOf(samples[i]!);
      measured.results.push({ model: file, engine: name, threads, ...facts, ...sizes, ...latency });
      const rounds = samples[i]!.rounds.map((round) => Array.from(round));
      measured.samples.push({ model: file, engine: name, rounds });
    }
    measured.ratios.push(...ratiosOf(named).map((ratio) => ({ model: file, ...ratio })));
    if (soakSeconds !== undefined)
      measured.soak.push({
        model: file,
        ...(await soak(ours, soakSeconds, samples[0]!.batch, (part) => options.onSoak?.(file, part))),
      });
  } finally {
    for (const engine of engines) engine.close();
  }
}

async function startOurs(
  file: string,
  bytes: Uint8Array,
  { threads = 1, input }: BenchOptions,
): Promise<{ ours: Engine; example: Uint8Array }> {
  const models = namingFile(file, () => loadCopies(bytes, threads, (model) => setInputs(model, input)));
  try {
    const [first] = models;
    const example = concatInputs(first!.inputs.map((_, i) => first!.input(i)));
    const version = `addon ${addonHash()?.slice(0, 12)}`;
    const { loadMs, firstUs, peakRssBytes } = await measureFresh(file, threads);
    return { ours: ourEngine(models, { loadMs, firstUs, peakRssBytes }, version), example };
  } catch (error) {
    for (const model of models) model.dispose();
    throw error;
  }
}

async function startRivals(
  file: string,
  job: Job,
  rivals: ReadonlyMap<string, Ready>,
  { refused }: Measured,
  onProgress: (message: string) => void,
): Promise<Engine[]> {
  const started: Engine[] = [];
  for (const [engine, rival] of rivals) {
    try {
      started.push(await rival.start(job));
    } catch (error) {
      if (!(error instanceof RivalError)) throw error;
      refused.push({ model: file, engine, reason: error.message });
      onProgress(`${file}: left out ${engine}, which refuses it`);
    }
  }
  return started;
}

/** Interleaves the engines. A rival that fails meanwhile is taken out of them, and the others are measured anew. */
async function measureEngines(
  file: string,
  engines: Engine[],
  options: BenchOptions,
  { refused }: Measured,
): Promise<Samples[]> {
  for (;;) {
    try {
      return await interleave(engines, {
        ...options,
        onRound: (part) => options.onRound?.(file, part),
      });
    } catch (error) {
      if (!(error instanceof RivalError)) throw error;
      const failed = engines.find(({ name }) => name === error.where);
      if (!failed) throw error;
      failed.close();
      engines.splice(engines.indexOf(failed), 1);
      refused.push({ model: file, engine: failed.name, reason: error.message });
      options.onProgress?.(`${file}: left out ${failed.name}, which failed: ${error.message}`);
    }
  }
}

/** Size of the model as a .wfz at the default level; null when it is not one and was not to be packed. */
export function packedBytes(bytes: Uint8Array, pack: boolean): number | null {
  if (isContainer(bytes)) return bytes.length;
  return pack ? compress(bytes, { level: 'default' }).bytes.length : null;
}
