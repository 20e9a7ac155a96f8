import { UnsupportedError } from '@weightfold/base';
import { type Dropped, stripModel } from '@weightfold/compressor';
import { type RivalTensor, rivalOutputs } from '@weightfold/rivals';
import { Model, nativeInfo } from '@weightfold/runtime-native';
import { BenchError } from '../errors.js';
import { fillWithNoise } from '../measure/inputs.js';
import { randomInteger } from '../random.js';

/** How it was shown that a stripped model computes the same. */
export interface Proof {
  engine: 'weightfold' | 'litert';
  /** Seeded random examples, run one after the other, so that models with a state are followed, too. */
  examples: number;
  /** Bytes of output that were equal. */
  outputBytes: number;
}

export interface ProvenStrip {
  bytes: Uint8Array;
  dropped: Dropped[];
  /** Null when nothing here can run the model. */
  proof: Proof | null;
  /** Why there is no proof, else null. */
  unproven: string | null;
}

export interface StripOptions {
  /** PYTHONPATH of LiteRT, for models that our runtime cannot run; null without it. */
  pythonPath: string | null;
  examples?: number;
  seed?: number;
}

type Outputs = { engine: Proof['engine']; before: Uint8Array; after: Uint8Array };
interface Examples {
  count: number;
  seed: number;
}

/**
 * Strips a model, runs it beside the original on seeded random inputs, and compares every output bit: in our runtime, or in LiteRT
 * when ours lacks an operator and LiteRT is installed.
 * @throws TfliteError for anything that is no .tflite; BenchError when an output differs
 */
export async function stripProven(model: Uint8Array, options: StripOptions): Promise<ProvenStrip> {
  const { bytes, dropped } = stripModel(model);
  const examples = { count: options.examples ?? 8, seed: options.seed ?? 1 };
  const reasons: string[] = [];
  const run = async (engine: () => Promise<Outputs>): Promise<Outputs | null> => {
    try {
      return await engine();
    } catch (error) {
      if (!(error instanceof UnsupportedError)) throw error;
      reasons.push(error.message);
      return null;
    }
  };
  const outputs =
    (await run(async () => inOurRuntime(model, bytes, examples))) ??
    (await run(() => inLiteRT(model, bytes, examples, options.pythonPath)));
  if (!outputs) return { bytes, dropped, proof: null, unproven: reasons.join('; ') };
  expectEqual(outputs);
  const proof = { engine: outputs.engine, examples: examples.count, outputBytes: outputs.before.length };
  return { bytes, dropped, proof, unproven: null };
}

function cannotRun(engine: string, why: string): UnsupportedError {
  return new UnsupportedError(`${engine}: ${why}`, { where: engine });
}

function inOurRuntime(before: Uint8Array, after: Uint8Array, examples: Examples): Outputs {
  const { loaded, error } = nativeInfo();
  if (!loaded) throw cannotRun('weightfold', `the native addon is not loaded (${error ?? 'unknown reason'})`);
  return { engine: 'weightfold', before: outputsOf(before, examples), after: outputsOf(after, examples) };
}

function outputsOf(tflite: Uint8Array, { count, seed }: Examples): Uint8Array {
  const model = Model.load(tflite);
  const next = randomInteger(seed);
  try {
    return Buffer.concat(Array.from({ length: count }, () => Buffer.concat(runOnce(model, next))));
  } finally {
    model.dispose();
  }
}

function runOnce(model: Model, next: (n: number) => number): Uint8Array[] {
  model.inputs.forEach((_, i) => fillWithNoise(model.input(i), next));
  model.invoke();
  return model.outputs.map((_, i) => {
    const { buffer, byteOffset, byteLength } = model.output(i);
    return new Uint8Array(buffer, byteOffset, byteLength).slice();
  });
}

async function inLiteRT(
  before: Uint8Array,
  after: Uint8Array,
  examples: Examples,
  pythonPath: string | null,
): Promise<Outputs> {
  if (pythonPath === null) throw cannotRun('LiteRT', 'it is not installed');
  const inputs = (tensors: RivalTensor[]) => noiseFor(tensors, examples);
  // A process each: a model that LiteRT does not check well may damage the memory of the next (tflm_keyword_scrambled_8bit does).
  const run = (model: Uint8Array) => rivalOutputs('litert', [{ model, examples: inputs }], { pythonPath });
  const [[first], [second]] = [await run(before), await run(after)];
  if (first!.error !== undefined) throw cannotRun('LiteRT', first!.error);
  if (second!.error !== undefined) throw different(`LiteRT refuses the stripped model: ${second!.error}`);
  return { engine: 'litert', before: first!.outputs, after: second!.outputs };
}

function noiseFor(tensors: RivalTensor[], { count, seed }: Examples): Uint8Array {
  const next = randomInteger(seed);
  const example = () =>
    tensors.map(({ dtype, bytes }) => {
      const data = dtype === 'float32' ? new Float32Array(bytes / 4) : new Uint8Array(bytes);
      fillWithNoise(data, next);
      return new Uint8Array(data.buffer);
    });
  return Buffer.concat(Array.from({ length: count }, example).flat());
}

function expectEqual({ before, after }: Outputs): void {
  if (Buffer.compare(before, after) === 0) return;
  const at = before.findIndex((byte, i) => byte !== after[i]);
  throw different(`the outputs differ from byte ${at} on (${before.length} and ${after.length} bytes)`);
}

function different(what: string): BenchError {
  return new BenchError(`strip: ${what}`, {
    code: 'DIFFERENT',
    where: 'the stripped model',
    expected: 'the outputs of the original, bit for bit',
    received: what,
    hint: 'This is a fault in weightfold: please report it with the model. Nothing was written; pack it without --strip.',
  });
}
