import { createRequire } from 'node:module';
import type * as Tf from '@tensorflow/tfjs-node';

// TensorFlow prints its CPU features on standard error unless this is set before it is loaded.
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
// How sums are split depends on the number of threads, and so do their last bits: with a fixed number the same seed gives
// the same model on machines with more or fewer cores. More than 2 bring nothing at these sizes.
process.env.TF_NUM_INTRAOP_THREADS ??= '2';

export type Tensor = Tf.Tensor;
export type Tensor1D = Tf.Tensor1D;

/** Which backend does the arithmetic, and why it is not the native one. */
export interface BackendInfo {
  backend: 'native' | 'javascript';
  /** Of TensorFlow.js. */
  version: string;
  /** Version of native TensorFlow behind it; null without. */
  tensorflow: string | null;
  reason?: string;
}

const require = createRequire(import.meta.url);

function load(): { tf: typeof Tf; info: BackendInfo } {
  try {
    const tf = require('@tensorflow/tfjs-node') as typeof Tf;
    const { binding } = tf.backend() as unknown as { binding: { TF_Version: string } };
    const version = String(tf.version['tfjs-node']);
    return { tf, info: { backend: 'native', version, tensorflow: binding.TF_Version } };
  } catch (error) {
    const tf = require('@tensorflow/tfjs') as typeof Tf;
    const reason = (error as Error).message.split('\n')[0]!;
    const version = String(tf.version['tfjs-core']);
    return { tf, info: { backend: 'javascript', version, tensorflow: null, reason } };
  }
}

const loaded = load();

/** TensorFlow.js on native TensorFlow when its binding is there, else in JavaScript (about 1000 times slower). */
export const tf = loaded.tf;

export const backendInfo = (): BackendInfo => loaded.info;

/** What the last bits of trained weights depend on, beside configuration and data. */
export interface Arithmetic {
  backend: string;
  version: string;
  /** Threads that TensorFlow splits a sum among; null in JavaScript, which has one. */
  threads: string | null;
}

export function arithmetic(): Arithmetic {
  const { backend, version } = loaded.info;
  return { backend, version, threads: backend === 'native' ? process.env.TF_NUM_INTRAOP_THREADS! : null };
}

/** An attribute of a TensorFlow op, as the binding of tfjs-node takes it. */
export interface Attribute {
  name: string;
  type: number;
  value: unknown;
}

interface NativeBackend {
  binding: Record<string, number>;
  executeSingleOutput(op: string, attributes: Attribute[], inputs: Tensor[]): Tensor;
  executeMultipleOutputs(op: string, attributes: Attribute[], inputs: Tensor[], outputs: number): Tensor[];
}

/** The native backend, by which any TensorFlow op can be called; null on the JavaScript backend. */
export const native: NativeBackend | null =
  loaded.info.backend === 'native' ? (tf.backend() as unknown as NativeBackend) : null;
