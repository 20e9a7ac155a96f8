import fs from 'node:fs';
import { namingFile } from '@weightfold/base';
import { PythonRival, type RivalEngine } from '@weightfold/rivals';
import { Model } from '@weightfold/runtime-native';

/** Something that runs a model and can be timed: our runtime, or a rival in its own process. */
export interface Engine {
  name: string;
  loadMs: number;
  arenaBytes: number | null;
  /** Nanoseconds of each of `runs` invocations on the example. */
  time(runs: number): Promise<number[]>;
  peakRssBytes(): Promise<number | null>;
  close(): void;
}

/** Inputs of a model as bytes, one after the other. */
export function concatInputs(inputs: ArrayBufferView[]): Uint8Array {
  return Buffer.concat(
    inputs.map((input) => new Uint8Array(input.buffer, input.byteOffset, input.byteLength)),
  );
}

/** Our runtime, in this process. Its inputs are set by the caller. */
export function ourEngine(model: Model, loadMs: number): Engine {
  return {
    name: `weightfold-${model.isa}`,
    loadMs,
    arenaBytes: model.arenaBytes,
    time: async (runs) => timeInvocations(() => model.invoke(), runs),
    peakRssBytes: async () => null,
    close: () => model.dispose(),
  };
}

function timeInvocations(invoke: () => void, runs: number): number[] {
  const ns = new Array<number>(runs);
  for (let i = 0; i < runs; i++) {
    const start = process.hrtime.bigint();
    invoke();
    ns[i] = Number(process.hrtime.bigint() - start);
  }
  return ns;
}

/** Loads a model into our runtime and tells how long that took. */
export function loadOurs(source: string, threads: number): { model: Model; loadMs: number } {
  const bytes = new Uint8Array(fs.readFileSync(source));
  const start = performance.now();
  const model = namingFile(source, () => Model.load(bytes, { threads }));
  return { model, loadMs: performance.now() - start };
}

/** A rival on the same model and input, run once. @throws RivalError when it refuses the model */
export async function rivalEngine(
  engine: RivalEngine,
  model: Uint8Array,
  input: Uint8Array,
  pythonPath: string,
  threads: number,
): Promise<Engine> {
  const rival = PythonRival.start(engine, { pythonPath, threads });
  const load = async () => {
    const loaded = await rival.load(model);
    await rival.time(input, 1);
    return loaded;
  };
  const { loadMs } = await load().catch((error) => {
    rival.close();
    throw error;
  });
  return {
    name: engine,
    loadMs,
    arenaBytes: null,
    time: (runs) => rival.time(input, runs),
    peakRssBytes: () => rival.peakRssBytes(),
    close: () => rival.close(),
  };
}
