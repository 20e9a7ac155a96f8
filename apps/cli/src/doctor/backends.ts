import type { Part } from './node.js';

const setUp = 'npm run setup';

export interface TfjsDocument {
  backend: 'native' | 'javascript' | null;
  /** Of TensorFlow.js, and of native TensorFlow behind it. */
  version: string | null;
  tensorflow: string | null;
  reason: string | null;
}

/** Which backend tfjs would train on. Null when not even the JavaScript one can be loaded. */
export async function findTfjs(): Promise<Part<TfjsDocument>> {
  const document = await tfjsDocument();
  const { backend, version, tensorflow, reason } = document;
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
  return { document, findings: [{ name: 'tfjs backend', found, problem: native ? undefined : problem }] };
}

async function tfjsDocument(): Promise<TfjsDocument> {
  try {
    const { backendInfo } = await import('@weightfold/optimizer');
    const { reason = null, ...info } = backendInfo();
    return { ...info, reason };
  } catch (error) {
    return { backend: null, version: null, tensorflow: null, reason: oneLine(error) };
  }
}

export interface NativeDocument {
  loaded: boolean;
  isa: string | null;
  available: string[];
  cpuFeatures: string[];
  error: string | null;
  hint: string | null;
}

/** Whether our C++ addon loads, and which instruction sets it can use here. */
export async function findNative(): Promise<Part<NativeDocument>> {
  const document = await nativeDocument();
  const { loaded, isa, available, cpuFeatures, error, hint } = document;
  const features = { name: 'CPU features', found: cpuFeatures.join(' ') || 'unknown without the addon' };
  const uses = isa === null ? `cannot run: ${error}` : `uses ${isa}`;
  const found = loaded ? `loaded, ${uses}; available: ${available.join(', ')}` : `not loaded: ${error}`;
  const problem = {
    what: loaded ? 'The native addon has no such instruction set here' : 'The native addon is not loaded',
    fix: hint?.includes(setUp) ? setUp : (hint ?? setUp),
  };
  return {
    document,
    findings: [{ name: 'native addon', found, problem: isa === null ? problem : undefined }, features],
  };
}

async function nativeDocument(): Promise<NativeDocument> {
  try {
    const { nativeInfo } = await import('@weightfold/runtime-native');
    const { loaded, isa, available, cpuFeatures, error, hint } = nativeInfo();
    return { loaded, isa, available, cpuFeatures, error: error ?? null, hint: hint ?? null };
  } catch (error) {
    return { loaded: false, isa: null, available: [], cpuFeatures: [], error: oneLine(error), hint: setUp };
  }
}

export function oneLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
}
