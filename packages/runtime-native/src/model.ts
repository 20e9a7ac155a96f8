import { expectHardware, UsageError } from '@weightfold/base';
import { type LoadedPlan, type LoadOptions, loadPlan } from './load.js';
import { type NativePlan, nativeFailure } from './native/addon.js';
import type { RoundingMode } from './plan/plan.js';
import { type OpProfile, type ProfiledOp, profiledOps, profileOps } from './profile.js';
import { type TensorData, type TensorInfo, tensorInfo, viewOf } from './tensor.js';

/**
 * A model ready to run. `input(i)` and `output(i)` are views into its memory: fill the inputs, call `invoke()`, read the outputs,
 * and nothing is copied. Activations may reuse the place of an input, so fill inputs before every `invoke`.
 *
 * Models know nothing of one another: any number may be loaded, in any number of worker threads.
 */
export class Model {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** Bytes that all activations need together. */
  readonly arenaBytes: number;
  /** Most bytes of activations that are needed at the same time: no arena can be smaller. */
  readonly liveBytes: number;
  /** Bytes of weights as the kernels want them, and of working memory beside the arena. */
  readonly packedBytes: number;
  readonly scratchBytes: number;
  /** Bytes that keep their values from one run to the next: variables, and the state of recurrent layers. */
  readonly stateBytes: number;
  readonly rounding: RoundingMode;
  readonly isa: string;
  readonly threads: number;
  private readonly native: NativePlan;
  private readonly ops: ProfiledOp[];
  private readonly inputViews: TensorData[];
  private readonly outputViews: TensorData[];
  private readonly inputLengths: number[];
  private queue: Promise<unknown> = Promise.resolve();
  /** Whether another thread runs the model. */
  private running = false;

  /**
   * Loads a .tflite or a .wfz, from a path or from bytes; the bytes tell which it is.
   * @throws TfliteError or ContainerError for a damaged file, UnsupportedError naming the op that no kernel handles
   * or an arena beyond `maxArenaBytes`, UsageError for options that cannot be, WeightfoldError when the addon is missing
   */
  static load(source: string | Uint8Array, options: LoadOptions = {}): Model {
    return new Model(loadPlan(source, options));
  }

  private constructor({ plan, native, isa, threads }: LoadedPlan) {
    const inputs = plan.inputs.map((index) => plan.tensors[index]!);
    const outputs = plan.outputs.map((index) => plan.tensors[index]!);
    this.inputs = inputs.map(tensorInfo);
    this.outputs = outputs.map(tensorInfo);
    this.inputViews = inputs.map((tensor) => viewOf(native.arena, tensor));
    this.outputViews = outputs.map((tensor) => viewOf(native.arena, tensor));
    this.inputLengths = this.inputViews.map(({ length }) => length);
    this.ops = profiledOps(plan);
    this.arenaBytes = plan.arenaBytes;
    this.liveBytes = plan.liveBytes;
    this.packedBytes = native.packedBytes;
    this.scratchBytes = native.scratchBytes;
    this.stateBytes = native.stateBytes;
    this.rounding = plan.rounding;
    this.native = native;
    this.isa = isa;
    this.threads = threads;
  }

  /** The i-th input's memory, in the model's own type. */
  input(i: number): TensorData {
    return at(this.inputViews, i, 'input');
  }

  /** The i-th output's memory, valid until the next run. */
  output(i: number): TensorData {
    return at(this.outputViews, i, 'output');
  }

  /**
   * Runs the model on what stands in its inputs.
   * @throws WeightfoldError DISPOSED after dispose(), BUSY while runAsync() runs it
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
   * @throws UsageError when an input is missing or has another length or type; else as `invoke`
   */
  run(inputs: readonly TensorData[]): TensorData[] {
    this.expectInputs(inputs);
    // The run under way reads the inputs: refused before they change.
    if (!this.running) this.fill(inputs);
    this.invoke();
    return this.copyOutputs();
  }

  /**
   * `run` on another thread, so that the event loop goes on. The inputs are copied at once. Runs of one model follow one another in
   * the order of the calls; until the last has ended, `run`, `invoke` and `profile` are refused while one is under way.
   * Rejects as `run` throws, also when the model is disposed of meanwhile.
   */
  async runAsync(inputs: readonly TensorData[]): Promise<TensorData[]> {
    this.expectInputs(inputs);
    const copies = inputs.map((data) => data.slice());
    const result = this.queue.then(() => this.invokeAsync(copies));
    this.queue = result.catch(() => {});
    return await result;
  }

  /**
   * Runs the model on what stands in its inputs, `runs` times, and tells what each op took. Measuring costs some 20 ns per op.
   * @throws UsageError when `runs` is no positive whole number; WeightfoldError EMULATED on an emulator, whose times are none; else as
   * `invoke`
   */
  profile(runs = 100): OpProfile[] {
    if (!Number.isInteger(runs) || runs < 1) {
      const details = { where: 'profile', expected: 'a positive whole number', received: `${runs}` };
      throw new UsageError(`profile: expected a positive number of runs but received ${runs}`, details);
    }
    expectHardware();
    try {
      return profileOps(this.native, this.ops, runs);
    } catch (cause) {
      throw nativeFailure(cause, 'profile');
    }
  }

  /** Frees the native memory, at the end of a run that is under way; the views become empty. A second call does nothing. */
  dispose(): void {
    this.native.dispose(this.native.arena);
  }

  /** For `using model = Model.load(…)`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  private async invokeAsync(inputs: readonly TensorData[]): Promise<TensorData[]> {
    try {
      this.fill(inputs);
      const run = this.native.invokeAsync();
      this.running = true;
      await run;
    } catch (cause) {
      throw nativeFailure(cause, 'runAsync');
    } finally {
      this.running = false;
    }
    return this.copyOutputs();
  }

  /** A constructor copies in half the time of `slice`, which looks for a subclass. */
  private copyOutputs(): TensorData[] {
    const copies = new Array<TensorData>(this.outputViews.length);
    for (let i = 0; i < copies.length; i++) {
      const view = this.outputViews[i]!;
      copies[i] = new (view.constructor as new (from: TensorData) => TensorData)(view);
    }
    return copies;
  }

  /** Views of a model that was disposed of are empty: running it gives the error. */
  private fill(inputs: readonly TensorData[]): void {
    for (let i = 0; i < inputs.length; i++) {
      const view = this.inputViews[i]!;
      if (view.length > 0) (view as Int8Array).set(inputs[i] as Int8Array); // both have the input's type
    }
  }

  private expectInputs(inputs: readonly TensorData[]): void {
    const expected = this.inputs.length;
    if (inputs.length !== expected) {
      const details = { where: 'run', expected: `${expected}`, received: `${inputs.length}` };
      throw new UsageError(`expected ${expected} inputs but received ${inputs.length}`, details);
    }
    for (let i = 0; i < expected; i++) this.expectInput(inputs[i]!, i);
  }

  private expectInput(data: TensorData, i: number): void {
    const view = this.inputViews[i]!;
    const length = this.inputLengths[i]!;
    if (data.length === length && data.constructor === view.constructor) return;
    const { name, dtype } = this.inputs[i]!;
    const expected = `${length} values of ${dtype}`;
    const received = `${data.length} in a ${data.constructor.name}`;
    throw new UsageError(`input ${name}: expected ${expected} but received ${received}`, {
      where: `input ${name}`,
      expected,
      received,
    });
  }
}

function at(list: TensorData[], i: number, what: string): TensorData {
  const view = list[i];
  if (view) return view;
  throw new UsageError(`expected an ${what} index below ${list.length} but received ${i}`, { where: what });
}
