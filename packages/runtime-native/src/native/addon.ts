import fs from 'node:fs';
import { sha256Hex, WeightfoldError } from '@weightfold/base';
import { isStale, loadAddonFile } from '../addon-file.js';

/** A plan loaded into native memory. */
export interface NativePlan {
  /** All activations; inputs and outputs are views into it. */
  arena: ArrayBuffer;
  packedBytes: number;
  scratchBytes: number;
  /** Version of the kernel that runs each op of the plan. */
  kernels: string[];
  /** What is kept from one run to the next. */
  stateBytes: number;
  /** Gives the state its initial value again. */
  reset(): void;
  invoke(): void;
  /** `invoke` on another thread; until it ends, all others are refused with the code BUSY. */
  invokeAsync(): Promise<void>;
  /** `invoke` that writes how many nanoseconds each op took. */
  profile(nanoseconds: Float64Array): void;
  /** Takes the memory away from all views, also while a run is under way, which then fails with DISPOSED. */
  dispose(arena: ArrayBuffer): void;
}

/** What the addon's decoder gives, with its times, which may be those of an emulator. */
export interface NativeDecoding {
  bytes: Uint8Array;
  decodeMs: number;
  hashMs: number;
}

/** The addon's functions, as native/addon/addon.cc sets them. */
export interface Addon {
  cpuFeatures(): string[];
  /** Instruction sets that this build has kernels for and this CPU runs, best last. */
  availableIsas(): string[];
  /**
   * `plan`: its bytes, or pieces that follow one another. `maxBytes`: most bytes of arena, and most bytes of scratch.
   */
  loadPlan(
    plan: Uint8Array | readonly Uint8Array[],
    isa: string,
    maxBytes: number,
    threads: number,
  ): NativePlan;
  // The next four: see ElementLoops of plan/element-loops.ts.
  quantizeChannels(
    scales: Float32Array,
    input: number,
    output: number,
    narrow: boolean,
    mostShift: number,
    multipliers: Int32Array,
    shifts: Int32Array,
  ): number;
  shiftCodes(codes: Int8Array | Uint8Array, flip: number, zeroPoint: number, to: Int8Array): boolean;
  selectRuns(from: Uint8Array, run: number, size: number, places: Int32Array, to: Uint8Array): void;
  zeroRuns(codes: Int8Array, run: number): number[];
  decodeContainer(wfz: Uint8Array, maxBytes: number, threads: number, out?: Uint8Array): NativeDecoding;
}

const buildHint = 'npm run setup   (or: node packages/runtime-native/scripts/build-native.mjs)';
let loaded: { file: string; exports: Addon } | null = null;

/**
 * The native addon, loaded at first use.
 * @throws WeightfoldError that tells where it was looked for, what was found and what to do
 */
export function addon(): Addon {
  loaded ??= loadAddon();
  return loaded.exports;
}

function loadAddon(): { file: string; exports: Addon } {
  const { file, exports, attempts } = loadAddonFile();
  if (file !== null) return { file, exports: exports as Addon };
  const found = attempts.map(({ file, reason }) => `${file}: ${reason}`).join('; ');
  throw new WeightfoldError(`the native addon cannot be loaded: ${found}`, {
    code: 'NO_ADDON',
    where: attempts.at(-1)!.file,
    expected: `an addon for ${process.platform}-${process.arch}, prebuilt or built on this machine`,
    received: found,
    hint: `build it: ${buildHint}`,
  });
}

/** sha256 of the addon's file: which build it is. Null when there is none that loads. */
export function addonHash(): string | null {
  try {
    addon();
    return sha256Hex(fs.readFileSync(loaded!.file));
  } catch {
    return null;
  }
}

/**
 * What to throw for a failure in the addon: its errors have a code and a sentence, callers expect ours. An addon that was built from
 * other sources is told as that, because what it says of good files may be wrong.
 */
export function nativeFailure(cause: unknown, where: string): WeightfoldError {
  const { code, message, hint: remedy } = cause as { code?: string; message: string; hint?: string };
  if (code !== 'BUSY' && code !== 'DISPOSED') expectCurrentAddon(cause);
  const hint = code === 'BUSY' ? 'await runAsync() first, or load the model once more' : remedy;
  return new WeightfoldError(message, { code: code ?? 'ADDON', where, hint, cause });
}

/** @throws WeightfoldError when the loaded addon was built from other sources than those that are here */
export function expectCurrentAddon(cause?: unknown): void {
  if (!loaded || !isStale(loaded.file)) return;
  const failure = cause === undefined ? '' : `, and fails: ${(cause as Error).message}`;
  throw new WeightfoldError(`the native addon is older than its sources${failure}`, {
    code: 'STALE_ADDON',
    where: loaded.file,
    expected: 'an addon built from the sources that are here',
    received: 'one built from others',
    hint: `build it again: ${buildHint}`,
    cause,
  });
}

/** What is there, for people and scripts. */
export interface NativeInfo {
  loaded: boolean;
  /** Instruction set that models run on unless another is asked for. */
  isa: string | null;
  available: string[];
  cpuFeatures: string[];
  error?: string;
  hint?: string;
}

/**
 * Whether the addon loads, and what it can use here. Never throws: a WEIGHTFOLD_ISA that does not exist here leaves `isa`
 * null and says so, but the addon is loaded all the same.
 */
export function nativeInfo(): NativeInfo {
  const info: NativeInfo = { loaded: false, isa: null, available: [], cpuFeatures: [] };
  try {
    const { availableIsas, cpuFeatures } = addon();
    Object.assign(info, { loaded: true, available: availableIsas(), cpuFeatures: cpuFeatures() });
    info.isa = chooseIsa();
    expectCurrentAddon();
  } catch (error) {
    const { message, hint: remedy } = error as WeightfoldError;
    Object.assign(info, { error: message, ...(remedy ? { hint: remedy } : {}) });
  }
  return info;
}

/**
 * The instruction set to use: the one asked for, else WEIGHTFOLD_ISA, else the best that is available.
 * @throws WeightfoldError when it is unknown or this CPU lacks it, naming those that are available
 */
export function chooseIsa(asked: string | undefined = process.env.WEIGHTFOLD_ISA || undefined): string {
  const available = addon().availableIsas();
  if (asked === undefined) return available.at(-1)!;
  if (available.includes(asked)) return asked;
  throw new WeightfoldError(
    `instruction set: expected one of ${available.join(', ')} but received ${asked}`,
    {
      code: 'UNKNOWN_ISA',
      where: 'WEIGHTFOLD_ISA or the isa option',
      expected: available.join(', '),
      received: asked,
      hint: 'unset WEIGHTFOLD_ISA to use the best that this CPU has',
      exitCode: 2,
    },
  );
}
