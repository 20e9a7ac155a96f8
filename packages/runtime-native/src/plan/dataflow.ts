import { type Model, type OperatorT, TfliteError, tensorData } from '@weightfold/tflite';
import { shapeOperators } from './constants.js';
import { tensorName } from './tensors.js';

/**
 * Follows which tensors hold a value while operators are taken in their order: constants, variables and inputs from the start,
 * every other one after the single operator that writes it. Places in the arena are only right for such a model.
 */
export class Dataflow {
  private readonly written: Set<number>;

  constructor(private readonly model: Model) {
    this.written = new Set(this.graph.inputs);
    this.graph.tensors.forEach((tensor, index) => {
      if (tensor.isVariable || tensorData(model, tensor)) this.written.add(index);
    });
  }

  /**
   * @throws TfliteError when the operator reads a tensor that nothing has written, or writes one that has a value already
   */
  follow(operator: OperatorT, index: number, name: string): void {
    const where = () => `operator ${index} (${name})`;
    if (!shapeOperators.has(name)) {
      for (const input of operator.inputs) if (input >= 0) this.expectWritten(input, where);
    }
    for (const output of operator.outputs) {
      if (output < 0) continue;
      if (this.written.has(output)) {
        throw this.fault(output, where(), 'written by one operator', 'a second value');
      }
      this.written.add(output);
    }
  }

  /** @throws TfliteError when a model's output is never written */
  finish(): void {
    for (const output of this.graph.outputs) this.expectWritten(output, () => 'the outputs of the model');
  }

  private get graph(): Model['subgraphs'][number] {
    return this.model.subgraphs[0]!;
  }

  private expectWritten(tensor: number, where: () => string): void {
    if (this.written.has(tensor)) return;
    throw this.fault(tensor, where(), 'a value before it is read', 'none');
  }

  private place(tensor: number, where: string): string {
    return `${where}, tensor ${tensor} (${tensorName(this.graph.tensors[tensor]!, tensor)})`;
  }

  private fault(tensor: number, where: string, expected: string, received: string): TfliteError {
    const place = this.place(tensor, where);
    return new TfliteError(`${place}: the tensor needs ${expected} but received ${received}`, {
      where: place,
      expected,
      received,
      hint: 'Operators must stand in the order in which they run; convert the model again.',
    });
  }
}
