import { installOptimizer, lacksOptimizer } from '../training.js';
import type { Part } from './node.js';

const setUp = 'npm run setup';

export interface TfjsDocument {
  /** Whether @weightfold/optimizer is, which brings it. */
  installed: boolean;
  backend: 'native' | 'javascript' | null;
  /** Of TensorFlow.js, and of native TensorFlow behind it. */
  version: string | null;
  tensorflow: string | null;
  reason: string | null;
}

/**
 * Which backend tfjs would train on. Null when not even the JavaScript one can be loaded, or the optimizer is not installed: that is
 * no problem, it is optional.
 */
export async function findTfjs(): Promise<Part<TfjsDocument>> {
  const document = await tfjsDocument();
  const { installed, backend, version, tensorflow, reason } = document;
  const name = 'tfjs backend';
  if (!installed) {
    const found = `not installed, optional: training needs it (${installOptimizer})`;
    return { document, findings: [{ name, found }] };
  }
  const native = backend === 'native';
  const problem = {
    what:
      backend === null
        ? 'tfjs cannot be loaded'
        : 'tfjs runs in JavaScript: training is about 1000 times slower',
    fix: `TFJS_NATIVE=require ${setUp}`,
  };
  const found = [
    backend ?? 'not available',
    version,
    tensorflow && `on TensorFlow ${tensorflow}`,
    reason && `(${reason})`,
  ]
    .filter(Boolean)
    .join(' ');
  return { document, findings: [{ name, found, problem: native ? undefined : problem }] };
}

async function tfjsDocument(): Promise<TfjsDocument> {
  try {
    const { backendInfo } = await import('@weightfold/optimizer');
    const { reason = null, ...info } = backendInfo();
    return { installed: true, ...info, reason };
  } catch (error) {
    const installed = !lacksOptimizer(error);
    return { installed, backend: null, version: null, tensorflow: null, reason: oneLine(error) };
  }
}

export interface NativeDocument {
  loaded: boolean;
  isa: string | null;
  available: string[];
  cpuFeatures: string[];
  /** Faster instruction sets of this CPU that the addon has no kernels for. */
  withoutKernels: string[];
  error: string | null;
  hint: string | null;
}

/** Whether our C++ addon loads, and which instruction sets it can use here. */
export async function findNative(): Promise<Part<NativeDocument>> {
  const document = await nativeDocument();
  const { loaded, isa, available, error, hint } = document;
  const features = { name: 'CPU features', found: featuresText(document) };
  const uses = isa === null ? `cannot run: ${error}` : `uses ${isa}`;
  const found = loaded ? `loaded, ${uses}; available: ${available.join(', ')}` : `not loaded: ${error}`;
  const unusable = isa === null ? 'has no such instruction set here' : 'is older than its sources';
  const problem = {
    what: `The native addon ${loaded ? unusable : 'is not loaded'}`,
    fix: hint?.includes(setUp) ? setUp : (hint ?? setUp),
  };
  return {
    document,
    findings: [{ name: 'native addon', found, problem: error === null ? undefined : problem }, features],
  };
}

async function nativeDocument(): Promise<NativeDocument> {
  try {
    const { nativeInfo } = await import('@weightfold/runtime-native');
    const { loaded, isa, available, cpuFeatures, error, hint } = nativeInfo();
    const withoutKernels = lackingKernels(cpuFeatures, available);
    return {
      loaded,
      isa,
      available,
      cpuFeatures,
      withoutKernels,
      error: error ?? null,
      hint: hint ?? null,
    };
  } catch (error) {
    const none = { available: [], cpuFeatures: [], withoutKernels: [] };
    return { loaded: false, isa: null, ...none, error: oneLine(error), hint: setUp };
  }
}

/** Instructions that multiply and add int8 in one step; kernels for one are an instruction set of its name. */
const dotProducts = ['avx_vnni', 'avx512_vnni', 'dotprod', 'i8mm'];

/** Which of the CPU's dot product instructions none of the addon's kernels use. */
export function lackingKernels(cpuFeatures: string[], available: string[]): string[] {
  return cpuFeatures.filter((name) => dotProducts.includes(name) && !available.includes(name));
}

function featuresText({ cpuFeatures, withoutKernels }: NativeDocument): string {
  const all = cpuFeatures.join(' ') || 'unknown without the addon';
  if (withoutKernels.length === 0) return all;
  return `${all}; the addon has no kernels for ${withoutKernels.join(', ')}: LiteRT, which has, can be faster here`;
}

export function oneLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
}
