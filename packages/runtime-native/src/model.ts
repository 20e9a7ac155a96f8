import fs from 'node:fs';
import { namingFile, UsageError, WeightfoldError } from '@weightfold/base';
import { isContainer, packedFile } from '@weightfold/container';
import { type Model, readModel } from '@weightfold/tflite';
import { addon, chooseIsa, type NativePlan } from './native/addon.js';
import { decodeContainer } from './native/decode.js';
import { encodePlan } from './plan/encode.js';
import { defaultMaxArenaBytes, lower } from './plan/lower.js';
import type { Plan, PlanTensor, PlanType, RoundingMode } from './plan/plan.js';

/** An input or output of a model. */
export interface TensorInfo {
  name: string;
  shape: number[];
  dtype: PlanType;
  /** real = scale × (code − zeroPoint); scale 0 when the tensor is not quantized. */
  scale: number;
  zeroPoint: number;
}

export type TensorData = Int8Array | Uint8Array | Int16Array | Int32Array | BigInt64Array | Float32Array;

export interface LoadOptions {
  /** Threads for one inference. Only 1 for now. */
  threads?: number;
  rounding?: RoundingMode;
  /** Instruction set; default: WEIGHTFOLD_ISA, else the best that this CPU has. */
  isa?: string;
  /** Most bytes for all activations together, and for the kernels' scratch; 256 MiB when not given. */
  maxArenaBytes?: number;
}

const views = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  float32: Float32Array,
};

/**
 * A model ready to run. Inputs and outputs are views into its memory: fill `input(i)`, call `invoke()`, read `output(i)`.
 * Activations may reuse the place of an input, so fill inputs before every `invoke`.
 */
export class NativeModel {
  readonly inputs: TensorInfo[];
  readonly outputs: TensorInfo[];
  /** Bytes that all activations need together. */
  readonly arenaBytes: number;
  /** Bytes of weights as the kernels want them, and of working memory beside the arena. */
  readonly packedBytes: number;
  readonly scratchBytes: number;
  /** Bytes that keep their values from one run to the next: variables, and the state of recurrent layers. */
  readonly stateBytes: number;
  readonly rounding: RoundingMode;
  private readonly inputViews: TensorData[];
  private readonly outputViews: TensorData[];

  constructor(
    plan: Plan,
    private readonly native: NativePlan,
    readonly isa: string,
  ) {
    const tensors = (list: number[]) => list.map((index) => plan.tensors[index]!);
    const view = ({ type, offset, bytes }: PlanTensor) =>
      new views[type](native.arena, offset, bytes / views[type].BYTES_PER_ELEMENT);
    this.inputs = tensors(plan.inputs).map(tensorInfo);
    this.outputs = tensors(plan.outputs).map(tensorInfo);
    this.inputViews = tensors(plan.inputs).map(view);
    this.outputViews = tensors(plan.outputs).map(view);
    this.arenaBytes = plan.arenaBytes;
    this.packedBytes = native.packedBytes;
    this.scratchBytes = native.scratchBytes;
    this.stateBytes = native.stateBytes;
    this.rounding = plan.rounding;
  }

  /** The i-th input's memory, in the model's own type. */
  input(i: number): TensorData {
    return this.at(this.inputViews, i, 'input');
  }

  /** The i-th output's memory, valid until the next invoke. */
  output(i: number): TensorData {
    return this.at(this.outputViews, i, 'output');
  }

  /**
   * Runs the model on what stands in its inputs.
   * @throws WeightfoldError after dispose()
   */
  invoke(): void {
    try {
      this.native.invoke();
    } catch (cause) {
      throw nativeFailure(cause, 'invoke');
    }
  }

  /**
   * Gives variables and recurrent layers the values again that they had after loading; a model without them stays as it is.
   * @throws WeightfoldError after dispose()
   */
  reset(): void {
    try {
      this.native.reset();
    } catch (cause) {
      throw nativeFailure(cause, 'reset');
    }
  }

  /**
   * Copies the inputs in, runs, and copies the outputs out.
   * @throws UsageError when an input is missing or has another length or type
   */
  run(inputs: TensorData[]): TensorData[] {
    if (inputs.length !== this.inputs.length) {
      throw new UsageError(`expected ${this.inputs.length} inputs but received ${inputs.length}`, {
        where: 'run',
      });
    }
    inputs.forEach((data, i) => {
      const target = this.input(i);
      if (data.length !== target.length || data.constructor !== target.constructor) {
        const { name, dtype } = this.inputs[i]!;
        throw new UsageError(
          `input ${name}: expected ${target.length} values of ${dtype} but received ${data.length} in a ${data.constructor.name}`,
          {
            where: `input ${name}`,
            expected: `${target.length} values of ${dtype}`,
            received: `${data.length}`,
          },
        );
      }
      (target as Int8Array).set(data as Int8Array); // both have the input's type
    });
    this.invoke();
    return this.outputViews.map((view) => view.slice());
  }

  /** Frees the native memory; the views become empty. */
  dispose(): void {
    this.native.dispose(this.native.arena);
  }

  private at(list: TensorData[], i: number, what: string): TensorData {
    const view = list[i];
    if (view) return view;
    throw new UsageError(`expected an ${what} index below ${list.length} but received ${i}`, { where: what });
  }
}

function tensorInfo({ name, shape, type, scale, zeroPoint }: PlanTensor): TensorInfo {
  return { name, shape, dtype: type, scale, zeroPoint };
}

/**
 * Loads a .tflite or a .wfz, from a path or from bytes; the bytes tell which it is.
 * @throws TfliteError or ContainerError for a damaged file, UnsupportedError naming the op that no kernel handles
 * or an arena beyond `maxArenaBytes`, WeightfoldError when the addon is missing
 */
export function loadModel(
  source: string | Uint8Array,
  { threads = 1, rounding = 'tflm', isa, maxArenaBytes = defaultMaxArenaBytes }: LoadOptions = {},
): NativeModel {
  if (threads !== 1) {
    throw new UsageError(`threads: expected 1 but received ${threads}; kernels run on one thread for now`, {
      where: 'threads',
      expected: '1',
      received: `${threads}`,
    });
  }
  const bytes = typeof source === 'string' ? new Uint8Array(fs.readFileSync(source)) : source;
  const packed = isContainer(bytes);
  if (packed) addon(); // its absence is no fault of the file
  const modelOf = (): Model => {
    if (!packed) return readModel(bytes);
    const tflite = decodeContainer(bytes).bytes;
    return namingFile(packedFile, () => readModel(tflite));
  };
  const planOf = () => lower(modelOf(), { rounding, maxArenaBytes });
  const plan = typeof source === 'string' ? namingFile(source, planOf) : planOf();
  const chosen = chooseIsa(isa);
  try {
    return new NativeModel(plan, addon().loadPlan(encodePlan(plan), chosen, maxArenaBytes), chosen);
  } catch (cause) {
    throw nativeFailure(cause, 'loadModel');
  }
}

/** The addon's errors have a code and a sentence; callers expect ours. */
function nativeFailure(cause: unknown, where: string): WeightfoldError {
  const { code, message } = cause as { code?: string; message: string };
  return new WeightfoldError(message, { code: code ?? 'ADDON', where, cause });
}
