import { PythonRival, type RivalEngine } from '@weightfold/rivals';
import type { Model } from '@weightfold/runtime-native';
import type { Timed } from './interleave.js';

/** Something that runs a model: our runtime, or a rival in its own process. */
export interface Engine extends Timed {
  name: string;
  version: string | null;
  /** Of a fresh process: loading, the first inference, and the peak of resident memory after it. */
  loadMs: number;
  firstUs: number | null;
  peakRssBytes: number | null;
  arenaBytes: number | null;
  close(): void;
}

/** What a fresh process tells of a model in our runtime; nulls where there was none. */
export interface Fresh {
  loadMs: number;
  firstUs: number | null;
  peakRssBytes: number | null;
}

/** Inputs of a model as bytes, one after the other. */
export function concatInputs(inputs: ArrayBufferView[]): Uint8Array {
  return Buffer.concat(
    inputs.map((input) => new Uint8Array(input.buffer, input.byteOffset, input.byteLength)),
  );
}

/** Our runtime, in this process. Its inputs are set by the caller. */
export function ourEngine(model: Model, fresh: Fresh, version: string | null = null): Engine {
  return {
    name: `weightfold-${model.isa}`,
    version,
    ...fresh,
    arenaBytes: model.arenaBytes,
    ...timedModel(model),
    close: () => model.dispose(),
  };
}

/** Times our runtime on what stands in the model's inputs. */
export function timedModel(model: Pick<Model, 'invoke'>): Timed {
  return {
    time: async (runs) => {
      const ns = new Array<number>(runs);
      for (let i = 0; i < runs; i++) {
        const start = process.hrtime.bigint();
        model.invoke();
        ns[i] = Number(process.hrtime.bigint() - start);
      }
      return ns;
    },
  };
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
  try {
    const { loadMs, versions } = await rival.load(model);
    const [first] = await rival.time(input, 1);
    return {
      name: engine,
      version: Object.entries(versions).find(([name]) => name !== 'numpy')?.[1] ?? null,
      loadMs,
      firstUs: first! / 1000,
      peakRssBytes: await rival.peakRssBytes(),
      arenaBytes: null,
      time: (runs) => rival.time(input, runs),
      close: () => rival.close(),
    };
  } catch (error) {
    rival.close();
    throw error;
  }
}
