import type { TensorT } from '@weightfold/tflite';
import type { PlanTensors } from './tensors.js';

/** Resource variables while a plan is being made: which handle stands for which variable, and which state holds its value. */
export class Variables {
  private readonly handles = new Map<number, string>();
  private readonly states = new Map<string, number>();

  constructor(private readonly tensors: PlanTensors) {}

  /** Lets the tensor `handle` stand for a variable. */
  nameHandle(handle: number, name: string): void {
    this.handles.set(handle, name);
  }

  nameOf(handle: number): string | undefined {
    return this.handles.get(handle);
  }

  has(name: string): boolean {
    return this.states.has(name);
  }

  /**
   * The plan's tensor that holds a variable. It is made at its first use: with the type and shape of the model's tensor `like`
   * (number `index`), and with an initial value if there is one.
   */
  state(name: string, like: TensorT, index: number, initial: Uint8Array | null = null): number {
    const known = this.states.get(name);
    if (known !== undefined) return known;
    const created = this.tensors.state(name, like, index, initial);
    this.states.set(name, created);
    return created;
  }
}
