import type {
  OperatorT,
  QuantizationParametersT,
  SignatureDefT,
  SubGraphT,
  TensorT,
} from './generated/tflite.js';
import { type Field, layoutOf, unionMember } from './layout.js';
import type { Path } from './locate.js';
import type { Model } from './model.js';
import { bitsPerElement, elementCount, operatorName } from './tensors.js';

/** Tensors of higher rank do not exist in TensorFlow Lite; the bound keeps loops over shapes short. */
const maxRank = 32;

/** Told of the first fault; must throw. `note` says in words what the path names: a tensor, an operator. */
export type Report = (path: Path, note: string, expected: string, received: string) => never;

/**
 * Checks every index of one part of a model into another (buffers, operator codes, tensors, subgraphs), shapes,
 * quantization, and that constant data is as long as its tensor says.
 */
export function checkReferences(model: Model, report: Report): void {
  new Checker(model, report).model();
}

class Checker {
  /** The table that is being checked, by the list that it is in, and how to name it: only put into words for a fault. */
  private list: Path = [];
  private at: number | null = null;
  private note: (at: number) => string = noNote;

  constructor(
    private readonly of: Model,
    private readonly report: Report,
  ) {}

  model(): void {
    const { subgraphs, buffers, metadata, metadataBuffer, signatureDefs } = this.of;
    if (subgraphs.length === 0) this.fail(['subgraphs'], 'at least one subgraph', 'none');
    for (let g = 0; g < subgraphs.length; g++) this.subgraph(subgraphs[g]!, g);
    this.enter(['metadata']);
    metadata.forEach(({ buffer }, i) => {
      this.at = i;
      this.index(buffer, buffers.length, 'buffers', 'buffer');
    });
    this.enter(['metadataBuffer']);
    metadataBuffer.forEach((buffer, i) => {
      this.at = i;
      this.index(buffer, buffers.length, 'buffers');
    });
    signatureDefs.forEach((signature, s) => this.signature(signature, s));
  }

  private signature(signature: SignatureDefT, s: number): void {
    const { subgraphs } = this.of;
    this.enter(['signatureDefs']);
    this.at = s;
    this.index(signature.subgraphIndex, subgraphs.length, 'subgraphs', 'subgraphIndex');
    const tensors = subgraphs[signature.subgraphIndex]!.tensors.length;
    for (const key of ['inputs', 'outputs'] as const) {
      this.enter(['signatureDefs', s, key]);
      signature[key].forEach(({ tensorIndex }, i) => {
        this.at = i;
        this.index(tensorIndex, tensors, 'tensors', 'tensorIndex');
      });
    }
  }

  private subgraph({ tensors, inputs, outputs, operators }: SubGraphT, g: number): void {
    this.enter(['subgraphs', g, 'tensors'], (t) => `"${tensors[t]!.name ?? ''}"`);
    for (let t = 0; t < tensors.length; t++) {
      this.at = t;
      this.tensor(tensors[t]!, tensors.length);
    }
    this.enter(['subgraphs', g]);
    this.tensors(inputs, tensors.length, 0, 'inputs');
    this.tensors(outputs, tensors.length, 0, 'outputs');
    const codes = this.of.operatorCodes.length;
    this.enter(['subgraphs', g, 'operators'], (o) =>
      operators[o]!.opcodeIndex < codes ? operatorName(this.of, operators[o]!) : '',
    );
    for (let o = 0; o < operators.length; o++) {
      const operator = operators[o]!;
      this.at = o;
      this.index(operator.opcodeIndex, codes, 'operator codes', 'opcodeIndex');
      this.operator(operator, tensors.length);
    }
  }

  private operator(operator: OperatorT, tensors: number): void {
    // −1: an optional tensor that is not there
    this.tensors(operator.inputs, tensors, -1, 'inputs');
    this.tensors(operator.outputs, tensors, -1, 'outputs');
    this.tensors(operator.intermediates, tensors, -1, 'intermediates');
    for (const [key, union] of optionUnions) {
      const options = operator[key] as Record<string, unknown> | null;
      const table = options && unionMember(union, operator[`${key}Type`]);
      if (!table) continue;
      for (const { name } of subgraphFields(table)) {
        for (const index of [options[name]].flat() as number[])
          this.index(index, this.of.subgraphs.length, 'subgraphs', key, name);
      }
    }
  }

  private tensor(tensor: TensorT, tensors: number): void {
    const { buffers } = this.of;
    this.index(tensor.buffer, buffers.length, 'buffers', 'buffer');
    const { shape } = tensor;
    if (shape.length > maxRank) this.fail(['shape'], `at most ${maxRank} dimensions`, `${shape.length}`);
    for (let i = 0; i < shape.length; i++)
      if (shape[i]! < 0) this.fail(['shape', i], 'a size of at least 0', `${shape[i]}`);
    if (tensor.quantization) this.quantization(tensor.quantization, shape, tensors);
    const bits = bitsPerElement(tensor.type);
    const { length } = buffers[tensor.buffer]!;
    if (bits === null || length === 0 || tensor.sparsity) return;
    const bytes = Math.ceil((elementCount(tensor) * bits) / 8);
    if (length >= bytes) return;
    const expected = `a buffer of ${bytes} bytes for shape [${shape.join(', ')}]`;
    this.fail(['buffer'], expected, `buffer ${tensor.buffer} of ${length} bytes`);
  }

  private quantization(quantization: QuantizationParametersT, shape: number[], tensors: number): void {
    const { scale, zeroPoint, quantizedDimension, details } = quantization;
    if (details && 'scales' in details) {
      for (const key of ['scales', 'zeroPoints'] as const) {
        if (details[key] !== -1) this.index(details[key], tensors, 'tensors', 'quantization', 'details', key);
      }
    }
    if (scale.length === 0) return;
    if (zeroPoint.length > 0 && zeroPoint.length !== scale.length) {
      const expected = `${scale.length} values, one for each scale`;
      this.fail(['quantization', 'zeroPoint'], expected, `${zeroPoint.length}`);
    }
    // A dimension outside the shape is let pass: such models are in use with TensorFlow Lite Micro, which does not look at it.
    const size = shape[quantizedDimension];
    if (scale.length > 1 && size !== undefined && size !== scale.length) {
      const expected = `1 value, or ${size} along dimension ${quantizedDimension} of [${shape.join(', ')}]`;
      this.fail(['quantization', 'scale'], expected, `${scale.length}`);
    }
  }

  private tensors(indices: readonly number[], count: number, lowest: number, key: string): void {
    for (let i = 0; i < indices.length; i++) {
      const index = indices[i]!;
      if (!(index >= lowest && index < count)) this.index(index, count, 'tensors', key, i);
    }
  }

  /** What comes is a list's element `at`, once that is set, or else what the path names. */
  private enter(list: Path, note: (at: number) => string = noNote): void {
    this.list = list;
    this.at = null;
    this.note = note;
  }

  /** @param steps from the table to the index */
  private index(index: number, count: number, what: string, ...steps: Path): void {
    if (index >= 0 && index < count) return;
    this.fail(steps, `an index below ${count} (number of ${what})`, `${index}`);
  }

  private fail(steps: Path, expected: string, received: string): never {
    const { list, at } = this;
    if (at === null) this.report([...list, ...steps], '', expected, received);
    this.report([...list, at, ...steps], this.note(at), expected, received);
  }
}

const noNote = () => '';

const optionUnions = [
  ['builtinOptions', 'BuiltinOptions'],
  ['builtinOptions2', 'BuiltinOptions2'],
] as const;

const namesSubgraphs = /^subgraph$|Subgraph(Index|Indices)$|^calledComputations$/;
const subgraphFieldsOf = new Map<string, Field[]>();

/** Fields of an option table that hold indices of subgraphs: branches, loop bodies, initializers. */
function subgraphFields(table: string): Field[] {
  let fields = subgraphFieldsOf.get(table);
  if (!fields) {
    fields = layoutOf(table).filter((field): field is Field => !!field && namesSubgraphs.test(field.name));
    subgraphFieldsOf.set(table, fields);
  }
  return fields;
}
