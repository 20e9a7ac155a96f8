import { UnsupportedError } from '@weightfold/base';
import { elementCount, type Model, type OperatorT, type TensorT, TensorType } from '@weightfold/tflite';
import { ModelDraft } from './draft.js';
import { floatConstant, integerConstant } from './tflite-constants.js';
import { unsupported } from './unsupported.js';

/** Numbers and flags of an operator's options, by flatc's names. */
export type Options = Record<string, number>;

/** The main subgraph of a .tflite as importers of single operators see it. */
export class TfliteGraph {
  readonly draft: ModelDraft;
  private readonly tensors: TensorT[];
  private readonly names: string[];
  /** Constants behind DEQUANTIZE: the tensor that holds them, by the one that stands for them. */
  private readonly dequantized = new Map<number, number>();
  private constants = 0;

  constructor(readonly model: Model) {
    const graph = model.subgraphs[0]!;
    this.tensors = graph.tensors;
    this.names = uniqueNames(graph.tensors);
    const inputs = graph.inputs.map((index) => ({ name: this.input(index), shape: this.shape(index) }));
    this.draft = new ModelDraft(model.description || 'tflite', inputs);
  }

  nameOf(index: number | undefined): string {
    return this.names[index ?? -1] ?? 'none';
  }

  /** Takes a DEQUANTIZE of constants, as files with float16 weights have it. */
  aliasConstant(operator: OperatorT): void {
    const [from = -1] = operator.inputs;
    const [to = -1] = operator.outputs;
    if (!this.isConstant(from))
      throw unsupported(this.nameOf(to), 'DEQUANTIZE', 'the model is quantized already');
    this.dequantized.set(to, from);
  }

  /** Shape of a tensor without the batch, which has to be 1. */
  shape(index: number): number[] {
    const { shape } = this.tensors[index]!;
    const [batch, ...rest] = shape;
    if (batch === 1 && elementCount(this.tensors[index]!) > 0) return rest;
    throw unsupported(
      this.nameOf(index),
      'tensor',
      `expected a first dimension of 1 but its shape is [${shape}]`,
    );
  }

  /** @throws UnsupportedError where the graph's node gives another shape than the file says: it would compute something else */
  checkShape(index: number, op: string): void {
    const [own, theirs] = [this.draft.shapeOf(this.nameOf(index)), this.shape(index)];
    if (String(own) === String(theirs)) return;
    throw unsupported(
      this.nameOf(index),
      op,
      `expected an output of shape [1,${own}] but received [1,${theirs}]`,
    );
  }

  rank(index: number | undefined): number {
    return this.tensors[index ?? -1]?.shape.length ?? 0;
  }

  /** The name of a tensor's value; constants become a node. */
  value(index: number): string {
    if (!this.isConstant(index)) return this.nameOf(index);
    const { shape, values } = this.constant(index, 'an input');
    const name = `${this.nameOf(index)}/constant${this.constants++}`;
    const own = shape[0] === 1 && shape.length > 1 ? shape.slice(1) : shape;
    this.draft.add({ op: 'CONSTANT', name, inputs: [], shape: own, data: values });
    return name;
  }

  /** Real numbers that an operator needs to be constant. */
  constant(index: number | undefined, what: string): { shape: number[]; values: Float32Array } {
    const name = this.nameOf(index);
    if (index === undefined || !this.isConstant(index)) throw unsupported(name, what, 'expected a constant');
    const tensor = this.stored(index);
    return { shape: tensor.shape, values: floatConstant(this.model, tensor, name) };
  }

  integers(index: number | undefined, what: string): number[] {
    const name = this.nameOf(index);
    if (index === undefined || !this.isConstant(index)) throw unsupported(name, what, 'expected a constant');
    return integerConstant(this.model, this.stored(index), name);
  }

  private stored(index: number): TensorT {
    return this.tensors[this.dequantized.get(index) ?? index]!;
  }

  isConstant(index: number): boolean {
    return this.model.buffers[this.stored(index).buffer]!.length > 0;
  }

  private input(index: number): string {
    const { type } = this.tensors[index]!;
    if (type === TensorType.FLOAT32) return this.nameOf(index);
    const [where, dtype] = [`input ${this.nameOf(index)}`, TensorType[type]];
    throw new UnsupportedError(
      `${where}: expected a float model but its type is ${dtype}: it is quantized already`,
      {
        where,
        expected: 'a float model',
        received: dtype,
        hint: 'Give the float model that it was made from.',
      },
    );
  }
}

/** Every tensor's name, with its index where two have the same or it has none. */
function uniqueNames(tensors: TensorT[]): string[] {
  const seen = new Set<string>();
  return tensors.map(({ name }, index) => {
    const own = String(name ?? '');
    const unique = own === '' || seen.has(own) ? `${own || 'tensor'}#${index}` : own;
    seen.add(unique);
    return unique;
  });
}
