import fs from 'node:fs';
import { expectBytes, namingFile, UsageError } from '@weightfold/base';
import { isContainer, packedFile } from '@weightfold/container';
import { readModel, type Model as TfliteModel } from '@weightfold/tflite';
import { addon, chooseIsa, type NativePlan, nativeFailure } from './native/addon.js';
import { unpack } from './native/decode.js';
import type { ElementLoops } from './plan/element-loops.js';
import { planPieces } from './plan/encode.js';
import { defaultMaxArenaBytes, lower } from './plan/lower.js';
import type { Plan, RoundingMode } from './plan/plan.js';

export interface LoadOptions {
  /** Threads that share each op's work, 1 to 64; the outputs are the same bytes. 1 when not given. */
  threads?: number;
  /** Whose rounding the outputs have, bit for bit: TFLite Micro's when not given. */
  rounding?: RoundingMode;
  /** Instruction set; default: WEIGHTFOLD_ISA, else the best that this CPU has. */
  isa?: string;
  /** Most bytes for all activations together, and for the kernels' scratch; 256 MiB when not given. */
  maxArenaBytes?: number;
}

/** A plan in native memory, and what it was made from. */
export interface LoadedPlan {
  plan: Plan;
  native: NativePlan;
  isa: string;
  threads: number;
}

const mostThreads = 64;

/** The addon's, from the first element on as fast as it gets. */
export const nativeLoops: ElementLoops = {
  quantizeChannels(scales, rule, multipliers, shifts) {
    const { input, output, narrow = false, mostShift = 30 } = rule;
    return addon().quantizeChannels(scales, input, output, narrow, mostShift, multipliers, shifts);
  },
  shiftCodes: (codes, flip, zeroPoint, to) => addon().shiftCodes(codes, flip, zeroPoint, to),
  selectRuns: (from, run, size, places, to) => addon().selectRuns(from, run, size, places, to),
  zeroRuns: (codes, run) => addon().zeroRuns(codes, run),
};

/** What `Model.load` does, without the class around it. */
export function loadPlan(source: string | Uint8Array, options: LoadOptions): LoadedPlan {
  const { threads = 1, rounding = 'tflm', maxArenaBytes = defaultMaxArenaBytes } = options;
  expectThreads(threads);
  const planOf = (bytes: Uint8Array) =>
    lower(readAny(bytes), { rounding, maxArenaBytes, loops: nativeLoops, runOnce });
  const plan = typeof source === 'string' ? planOfFile(source, planOf) : planOf(bytesOf(source));
  const isa = chooseIsa(options.isa);
  return { plan, native: bindPlan(plan, isa, maxArenaBytes, threads), isa, threads };
}

/** Runs a plan without inputs, which is not needed again: the kernels that pack nothing do. */
export function runOnce(plan: Plan): Uint8Array[] {
  const native = bindPlan(plan, 'scalar', defaultMaxArenaBytes, 1);
  native.invoke();
  const outputs = plan.outputs.map((index) => {
    const { offset, bytes } = plan.tensors[index]!;
    return new Uint8Array(native.arena, offset, bytes).slice();
  });
  native.dispose(native.arena);
  return outputs;
}

function bindPlan(plan: Plan, isa: string, maxArenaBytes: number, threads: number): NativePlan {
  try {
    return addon().loadPlan(planPieces(plan), isa, maxArenaBytes, threads);
  } catch (cause) {
    const place = placeOf(cause as { op?: number }, plan);
    if (place !== null) (cause as Error).message = `${place}: ${(cause as Error).message}`;
    throw nativeFailure(cause, place ?? 'Model.load');
  }
}

/** Operator and tensor of the model for the op of the plan that the addon refused: it knows no names. */
function placeOf({ op: at }: { op?: number }, { ops, tensors }: Plan): string | null {
  const op = at === undefined ? undefined : ops[at];
  if (!op) return null;
  return `operator ${op.source} (${op.name}), output tensor ${tensors[op.outputs[0]!]!.name}`;
}

function planOfFile(path: string, planOf: (bytes: Uint8Array) => Plan): Plan {
  const bytes = fs.readFileSync(path);
  return namingFile(path, () => planOf(bytes));
}

function bytesOf(source: Uint8Array): Uint8Array {
  expectBytes('Model.load', source);
  return source;
}

/** A .wfz is decoded in memory, by the native decoder. */
function readAny(bytes: Uint8Array): TfliteModel {
  if (!isContainer(bytes)) return readModel(bytes);
  addon(); // its absence is no fault of the file
  const tflite = unpack(bytes);
  return namingFile(packedFile, () => readModel(tflite));
}

function expectThreads(threads: number): void {
  if (Number.isInteger(threads) && threads >= 1 && threads <= mostThreads) return;
  const expected = `1 to ${mostThreads}`;
  throw new UsageError(`threads: expected ${expected} but received ${threads}`, {
    where: 'threads',
    expected,
    received: `${threads}`,
  });
}
