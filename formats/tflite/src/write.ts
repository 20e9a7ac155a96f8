import { sha256Hex } from '@weightfold/base';
import * as flatbuffers from 'flatbuffers';
import { TfliteError } from './errors.js';
import { type Kind, layoutOf, type Scalar, scalarSizes, unionMember } from './layout.js';
import { pathText } from './locate.js';
import type { Model } from './model.js';
import { checkReferences } from './references.js';

type Row = Record<string, unknown>;

/** Vectors that readers dereference without asking whether they are there: written even when empty. */
const always = new Set([
  'SubGraph.tensors',
  'SubGraph.inputs',
  'SubGraph.outputs',
  'SubGraph.operators',
  'Operator.inputs',
  'Operator.outputs',
  'Tensor.shape',
  'ReshapeOptions.newShape',
  'Model.operatorCodes',
  'Model.subgraphs',
  'Model.buffers',
]);

/**
 * Writes a model as a .tflite file that LiteRT and TensorFlow Lite Micro accept. The same model always gives the same
 * bytes. Equal buffers are written once; buffer data is aligned to 16 bytes, which flatc's own object API does not do
 * (its files are rejected: an absent buffer becomes an empty vector).
 *
 * @throws TfliteError when an index, a shape or the length of constant data is wrong: what readModel would refuse
 */
export function writeModel(model: Model): Uint8Array {
  checkReferences(model, (path, note, expected, received) =>
    refuse(note === '' ? pathText(path) : `${pathText(path)} (${note})`, expected, received),
  );
  const { buffers, indexOf } = deduplicate(model);
  const builder = new flatbuffers.Builder(4096 + buffers.reduce((sum, data) => sum + data.length + 64, 0));
  const row = {
    ...model,
    operatorCodes: model.operatorCodes.map((code) => ({
      ...code,
      deprecatedBuiltinCode: Math.min(Math.max(code.builtinCode, code.deprecatedBuiltinCode), 127),
      builtinCode: Math.max(code.builtinCode, code.deprecatedBuiltinCode),
    })),
    subgraphs: model.subgraphs.map((graph) => ({
      ...graph,
      tensors: graph.tensors.map((tensor) => ({ ...tensor, buffer: indexOf[tensor.buffer] })),
    })),
    metadata: model.metadata.map((entry) => ({ ...entry, buffer: indexOf[entry.buffer] })),
    metadataBuffer: model.metadataBuffer.map((index) => indexOf[index]),
    buffers: buffers.map((data) => ({ data })),
  };
  builder.finish(new Writer(builder).table('Model', row), 'TFL3');
  return builder.asUint8Array().slice();
}

/**
 * Keeps the first of equal buffers. Left as they are: empty ones and those of variables (a variable has memory of its own),
 * those of metadata, and buffer 0, which LiteRT takes for "no data" whatever it holds.
 */
function deduplicate(model: Model): { buffers: Uint8Array[]; indexOf: number[] } {
  const own = new Set([0, ...model.metadataBuffer, ...model.metadata.map(({ buffer }) => buffer)]);
  for (const { tensors } of model.subgraphs) {
    for (const { isVariable, buffer } of tensors) if (isVariable) own.add(buffer);
  }
  const buffers: Uint8Array[] = [];
  const seen = new Map<string, number>();
  const indexOf = model.buffers.map((data, index) => {
    const key = data.length === 0 || own.has(index) ? null : sha256Hex(data);
    const known = key === null ? undefined : seen.get(key);
    if (known !== undefined) return known;
    buffers.push(data);
    if (key !== null) seen.set(key, buffers.length - 1);
    return buffers.length - 1;
  });
  return { buffers, indexOf };
}

function refuse(where: string, expected: string, received: string): never {
  throw new TfliteError(`cannot write this model: ${where}: expected ${expected} but received ${received}`, {
    code: 'BAD_MODEL',
    where,
    expected,
    received,
  });
}

class Writer {
  constructor(private readonly builder: flatbuffers.Builder) {}

  /** Writes a table after everything it refers to (flatbuffers grow from the end) and returns its offset. */
  table(name: string, row: Row): flatbuffers.Offset {
    const layout = layoutOf(name);
    const offsets = layout.map((field) =>
      field ? this.child(`${name}.${field.name}`, field.kind, row[field.name], row) : 0,
    );
    this.builder.startObject(layout.length);
    layout.forEach((field, slot) => {
      if (!field) return;
      const { kind } = field;
      const value = row[field.name];
      if (kind.is === 'scalar') this.scalarField(slot, kind.scalar, value ?? kind.initial, kind.initial);
      else if (kind.is === 'unionType') this.builder.addFieldInt8(slot, (value as number) ?? 0, 0);
      else if (offsets[slot] !== 0) this.builder.addFieldOffset(slot, offsets[slot]!, 0);
    });
    return this.builder.endObject();
  }

  private child(path: string, kind: Kind, value: unknown, row: Row): flatbuffers.Offset {
    if (value === null || value === undefined) return 0;
    switch (kind.is) {
      case 'string':
        return this.builder.createString(value as string);
      case 'table':
        return this.table(kind.table, value as Row);
      case 'union': {
        const type = row[`${path.slice(path.indexOf('.') + 1)}Type`];
        const member = unionMember(kind.of, type as number);
        if (!member) refuse(`${path}Type`, `the type of its ${kind.of}`, String(type));
        return this.table(member, value as Row);
      }
      case 'scalars':
        return this.scalars(path, kind.scalar, value as ArrayLike<number | bigint | boolean>);
      case 'strings':
        return this.offsets(
          path,
          (value as string[]).map((text) => this.builder.createString(text)),
        );
      case 'tables':
        return this.offsets(
          path,
          (value as Row[]).map((item) => this.table(kind.table, item)),
        );
      default:
        return 0;
    }
  }

  private offsets(path: string, items: flatbuffers.Offset[]): flatbuffers.Offset {
    if (items.length === 0 && !always.has(path)) return 0;
    this.builder.startVector(4, items.length, 4);
    for (let i = items.length - 1; i >= 0; i--) this.builder.addOffset(items[i]!);
    return this.builder.endVector();
  }

  private scalars(
    path: string,
    scalar: Scalar,
    values: ArrayLike<number | bigint | boolean>,
  ): flatbuffers.Offset {
    if (values.length === 0 && !always.has(path)) return 0;
    if (path === 'Buffer.data') {
      this.builder.prep(16, values.length);
      return this.builder.createByteVector(values as Uint8Array);
    }
    const size = scalarSizes[scalar];
    this.builder.startVector(size, values.length, size);
    for (let i = values.length - 1; i >= 0; i--) this.scalar(scalar, values[i]!);
    return this.builder.endVector();
  }

  private scalar(scalar: Scalar, value: number | bigint | boolean): void {
    if (scalar === 'float') this.builder.addFloat32(value as number);
    else if (typeof value === 'bigint') this.builder.addInt64(value);
    else if (scalarSizes[scalar] === 1) this.builder.addInt8(Number(value));
    else if (scalarSizes[scalar] === 2) this.builder.addInt16(Number(value));
    else this.builder.addInt32(Number(value));
  }

  private scalarField(
    slot: number,
    scalar: Scalar,
    value: unknown,
    initial: number | bigint | boolean,
  ): void {
    if (scalar === 'float') this.builder.addFieldFloat32(slot, value as number, initial as number);
    else if (typeof initial === 'bigint') this.builder.addFieldInt64(slot, value as bigint, initial);
    else if (scalarSizes[scalar] === 1) this.builder.addFieldInt8(slot, Number(value), Number(initial));
    else if (scalarSizes[scalar] === 2) this.builder.addFieldInt16(slot, Number(value), Number(initial));
    else this.builder.addFieldInt32(slot, Number(value), Number(initial));
  }
}
