import { PythonRival, type RivalEngine } from '@weightfold/rivals';
import { Model } from '@weightfold/runtime-native';
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

/**
 * Where weights and activations lie in memory changes the speed of the same code by up to 3 % (docs/results.md), and would pass for
 * a difference between engines. So every engine has a model loaded ten times, and takes the next copy for each round.
 */
const mostCopies = 10;
const mostCopiedBytes = 2 ** 28;

/** How many copies of a model to measure: fewer of one that needs much memory. */
export function copiesOf(bytes: number): number {
  return Math.min(mostCopies, Math.max(1, Math.floor(mostCopiedBytes / bytes)));
}

/** A model loaded several times, each with its inputs set by `prepare`. @throws as Model.load does */
export function loadCopies(bytes: Uint8Array, threads: number, prepare: (model: Model) => void): Model[] {
  const models: Model[] = [];
  try {
    do {
      models.push(Model.load(bytes, { threads }));
      prepare(models.at(-1)!);
    } while (models.length < copiesOf(memoryOf(models[0]!)));
    return models;
  } catch (error) {
    for (const model of models) model.dispose();
    throw error;
  }
}

const memoryOf = (model: Model) =>
  model.packedBytes + model.arenaBytes + model.scratchBytes + model.stateBytes;

/** Our runtime, in this process: copies of one model, whose inputs are set by the caller. */
export function ourEngine(models: readonly Model[], fresh: Fresh, version: string | null = null): Engine {
  const { isa, arenaBytes } = models[0]!;
  return {
    name: `weightfold-${isa}`,
    version,
    ...fresh,
    arenaBytes,
    ...timedModels(models),
    close: () => {
      for (const model of models) model.dispose();
    },
  };
}

/**
 * Times our runtime on what stands in the inputs, on the next of the copies with each call. The first run of a call is not counted:
 * the caches hold what ran before.
 */
export function timedModels(models: readonly Pick<Model, 'invoke'>[]): Timed {
  let turn = 0;
  return {
    time: async (samples, batch) => {
      const model = models[turn++ % models.length]!;
      const ns = new Array<number>(samples);
      model.invoke();
      for (let i = 0; i < samples; i++) {
        const start = process.hrtime.bigint();
        for (let run = 0; run < batch; run++) model.invoke();
        ns[i] = Number(process.hrtime.bigint() - start) / batch;
      }
      return ns;
    },
  };
}

/** A guess at a rival's memory for one model: the weights, packed once more, and 8 MiB of arena. */
const rivalBytes = (model: Uint8Array) => 2 * model.length + 2 ** 23;

/** A rival on the same model and input, run once. @throws RivalError when it refuses the model */
export async function rivalEngine(
  engine: RivalEngine,
  model: Uint8Array,
  input: Uint8Array,
  pythonPath: string,
  threads: number,
): Promise<Engine> {
  const rival = PythonRival.start(engine, { pythonPath, threads });
  const copies = copiesOf(rivalBytes(model));
  let turn = 0;
  try {
    const { loadMs, versions } = await rival.load(model);
    const [first] = await rival.time(input, 1);
    const peakRssBytes = await rival.peakRssBytes();
    await rival.copy(copies - 1);
    return {
      name: engine,
      version: Object.entries(versions).find(([name]) => name !== 'numpy')?.[1] ?? null,
      loadMs,
      firstUs: first! / 1000,
      peakRssBytes,
      arenaBytes: null,
      time: (samples, batch) => rival.time(input, samples, { batch, copy: turn++ % copies, untimed: 1 }),
      close: () => rival.close(),
    };
  } catch (error) {
    rival.close();
    throw error;
  }
}
