import type { OperatorT, TensorT } from './generated/tflite.js';
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
  constructor(
    private readonly of: Model,
    private readonly report: Report,
  ) {}

  model(): void {
    const { subgraphs, metadata, metadataBuffer, signatureDefs } = this.of;
    if (subgraphs.length === 0) this.report(['subgraphs'], '', 'at least one subgraph', 'none');
    subgraphs.forEach((_, g) => this.subgraph(g));
    metadata.forEach(({ buffer }, i) => this.buffer(buffer, ['metadata', i, 'buffer'], ''));
    metadataBuffer.forEach((buffer, i) => this.buffer(buffer, ['metadataBuffer', i], ''));
    signatureDefs.forEach((signature, s) => {
      const path = ['signatureDefs', s];
      this.index(signature.subgraphIndex, subgraphs.length, 'subgraphs', [...path, 'subgraphIndex'], '');
      const tensors = subgraphs[signature.subgraphIndex]!.tensors.length;
      for (const key of ['inputs', 'outputs'] as const) {
        signature[key].forEach(({ tensorIndex }, i) =>
          this.index(tensorIndex, tensors, 'tensors', [...path, key, i, 'tensorIndex'], ''),
        );
      }
    });
  }

  private subgraph(g: number): void {
    const graph = this.of.subgraphs[g]!;
    const path = ['subgraphs', g];
    graph.tensors.forEach((tensor, t) => this.tensor(tensor, graph.tensors.length, [...path, 'tensors', t]));
    for (const key of ['inputs', 'outputs'] as const)
      this.tensors(graph[key], graph.tensors.length, 0, [...path, key], '');
    graph.operators.forEach((operator, o) =>
      this.operator(operator, graph.tensors.length, [...path, 'operators', o]),
    );
  }

  private operator(operator: OperatorT, tensors: number, path: Path): void {
    this.index(
      operator.opcodeIndex,
      this.of.operatorCodes.length,
      'operator codes',
      [...path, 'opcodeIndex'],
      '',
    );
    const name = operatorName(this.of, operator);
    for (const key of ['inputs', 'outputs', 'intermediates'] as const) {
      this.tensors(operator[key], tensors, -1, [...path, key], name); // −1: an optional tensor that is not there
    }
    for (const [key, union] of optionUnions) {
      const options = operator[key] as Record<string, unknown> | null;
      const table = unionMember(union, operator[`${key}Type`]);
      if (!options || !table) continue;
      for (const field of subgraphFields(table)) {
        for (const index of [options[field.name]].flat() as number[]) {
          this.index(index, this.of.subgraphs.length, 'subgraphs', [...path, key, field.name], name);
        }
      }
    }
  }

  private tensor(tensor: TensorT, tensors: number, path: Path): void {
    const name = `"${tensor.name ?? ''}"`;
    this.buffer(tensor.buffer, [...path, 'buffer'], name);
    const { shape } = tensor;
    if (shape.length > maxRank)
      this.report([...path, 'shape'], name, `at most ${maxRank} dimensions`, `${shape.length}`);
    const negative = shape.findIndex((size) => size < 0);
    if (negative >= 0)
      this.report([...path, 'shape', negative], name, 'a size of at least 0', `${shape[negative]}`);
    this.quantization(tensor, tensors, [...path, 'quantization'], name);
    const bits = bitsPerElement(tensor.type);
    const data = this.of.buffers[tensor.buffer]!;
    if (bits === null || data.length === 0 || tensor.sparsity) return;
    const bytes = Math.ceil((elementCount(tensor) * bits) / 8);
    if (data.length < bytes) {
      const expected = `a buffer of ${bytes} bytes for shape [${shape.join(', ')}]`;
      this.report([...path, 'buffer'], name, expected, `buffer ${tensor.buffer} of ${data.length} bytes`);
    }
  }

  private quantization({ quantization, shape }: TensorT, tensors: number, path: Path, name: string): void {
    if (!quantization) return;
    const { scale, zeroPoint, quantizedDimension, details } = quantization;
    if (details && 'scales' in details) {
      for (const key of ['scales', 'zeroPoints'] as const) {
        if (details[key] !== -1)
          this.index(details[key], tensors, 'tensors', [...path, 'details', key], name);
      }
    }
    if (scale.length === 0) return;
    if (zeroPoint.length > 0 && zeroPoint.length !== scale.length) {
      const expected = `${scale.length} values, one for each scale`;
      this.report([...path, 'zeroPoint'], name, expected, `${zeroPoint.length}`);
    }
    // A dimension outside the shape is let pass: such models are in use with TensorFlow Lite Micro, which does not look at it.
    const size = shape[quantizedDimension];
    if (scale.length > 1 && size !== undefined && size !== scale.length) {
      const expected = `1 value, or ${size} along dimension ${quantizedDimension} of [${shape.join(', ')}]`;
      this.report([...path, 'scale'], name, expected, `${scale.length}`);
    }
  }

  private buffer(index: number, path: Path, note: string): void {
    this.index(index, this.of.buffers.length, 'buffers', path, note);
  }

  private tensors(indices: readonly number[], count: number, lowest: number, path: Path, note: string): void {
    const wrong = indices.findIndex((index) => !(index >= lowest && index < count));
    if (wrong >= 0) this.index(indices[wrong]!, count, 'tensors', [...path, wrong], note);
  }

  private index(index: number, count: number, what: string, path: Path, note: string): void {
    if (!(index >= 0 && index < count))
      this.report(path, note, `an index below ${count} (number of ${what})`, `${index}`);
  }
}

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
