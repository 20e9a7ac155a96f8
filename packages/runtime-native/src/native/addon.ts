import fs from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { sha256Hex, WeightfoldError } from '@weightfold/base';

/** A plan loaded into native memory. */
export interface NativePlan {
  /** All activations; inputs and outputs are views into it. */
  arena: ArrayBuffer;
  packedBytes: number;
  scratchBytes: number;
  /** What is kept from one run to the next. */
  stateBytes: number;
  /** Gives the state its initial value again. */
  reset(): void;
  invoke(): void;
  dispose(arena: ArrayBuffer): void;
}

/** An original that was packed, and what getting it back took. */
export interface DecodedContainer {
  bytes: Uint8Array;
  /** Memory to memory, with the checksums of the file and all blocks; without the hash of the whole. */
  decodeMs: number;
  hashMs: number;
}

/** The addon's functions, as native/addon/addon.cc sets them. */
export interface Addon {
  cpuFeatures(): string[];
  /** Instruction sets that this build has kernels for and this CPU runs, best last. */
  availableIsas(): string[];
  /** `maxBytes`: most bytes of arena, and most bytes of scratch. */
  loadPlan(plan: Uint8Array, isa: string, maxBytes: number): NativePlan;
  decodeContainer(wfz: Uint8Array, maxBytes: number, threads: number, out?: Uint8Array): DecodedContainer;
}

const file = fileURLToPath(new URL('../../build/Release/weightfold.node', import.meta.url));
const hint = 'npm run setup   (or: node packages/runtime-native/scripts/build-native.mjs)';
let loaded: Addon | null = null;

/**
 * The native addon, loaded at first use.
 * @throws WeightfoldError with what to do when it is not built or does not load
 */
export function addon(): Addon {
  try {
    loaded ??= createRequire(import.meta.url)(file) as Addon;
    return loaded;
  } catch (cause) {
    const reason = (cause as Error).message.split('\n')[0]!;
    throw new WeightfoldError(`the native addon cannot be loaded: ${reason}`, {
      code: 'NO_ADDON',
      where: file,
      expected: 'an addon built on this machine',
      hint: `build it: ${hint}`,
      cause,
    });
  }
}

/** sha256 of the addon's file: which build it is. Null when it is not built. */
export function addonHash(): string | null {
  return fs.existsSync(file) ? sha256Hex(fs.readFileSync(file)) : null;
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
