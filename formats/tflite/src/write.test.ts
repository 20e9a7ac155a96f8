import * as flatbuffers from 'flatbuffers';
import { describe, expect, it } from 'vitest';
import {
  BuiltinOperator,
  MetadataT,
  ModelBuilder,
  OperatorCodeT,
  readModel,
  SparsityParametersT,
  TensorT,
  TensorType,
  type TfliteError,
  typedData,
  writeModel,
} from './index.js';
import { locate } from './locate.js';
import { smallModel } from './test-support/small-model.js';

const bytes = writeModel(smallModel());

function messageOf(file: Uint8Array): string {
  try {
    readModel(file);
  } catch (error) {
    expect((error as TfliteError).code).toBe('EXTERNAL_BUFFERS');
    return (error as TfliteError).message;
  }
  throw new Error('the file was read');
}

describe('reading', () => {
  it('gives back what was built', () => {
    const { buffers: ours, ...rest } = readModel(bytes);
    const { buffers: built, ...restBuilt } = smallModel();
    expect(rest).toEqual(restBuilt);
    expect(ours).toEqual(built);
  });

  it('gives buffers as views into the bytes, at whatever address they lie', () => {
    const shifted = new Uint8Array(bytes.length + 3).subarray(3);
    shifted.set(bytes);
    const model = readModel(shifted);
    expect(model.subgraphs).toEqual(readModel(bytes).subgraphs);
    const kernel = model.buffers[model.subgraphs[0]!.tensors[1]!.buffer]!;
    expect(kernel.buffer).toBe(shifted.buffer);
    const at = kernel.byteOffset - shifted.byteOffset;
    expect(shifted.subarray(at, at + kernel.length)).toEqual(kernel);
    expect(at % 16).toBe(0);
    expect(typedData(model, model.subgraphs[0]!.tensors[6]!)).toEqual(Int32Array.from([10, -3]));
  });

  it('takes bytes after the flatbuffer, where the metadata tools of TensorFlow Lite put a zip archive', () => {
    const longer = new Uint8Array(bytes.length + 1000).fill(0x50);
    longer.set(bytes);
    expect(readModel(longer).subgraphs).toEqual(readModel(bytes).subgraphs);
  });

  it('refuses another version of the schema', () => {
    const other = bytes.slice();
    other[locate(other, ['version'])] = 4;
    expect(() => readModel(other)).toThrow(/Model.version.*expected 3 but received 4/);
  });
});

describe('data outside the flatbuffer is refused by name', () => {
  it('buffers behind it', () => {
    const builder = new flatbuffers.Builder(256);
    const vectorOf = (table: number) => {
      builder.startVector(4, 1, 4);
      builder.addOffset(table);
      return builder.endVector();
    };
    builder.startObject(6);
    const graphs = vectorOf(builder.endObject());
    builder.startObject(3);
    builder.addFieldInt64(1, 8192n, 0n);
    builder.addFieldInt64(2, 100n, 0n);
    const buffers = vectorOf(builder.endObject());
    builder.startObject(5);
    builder.addFieldInt32(0, 3, 0);
    builder.addFieldOffset(2, graphs, 0);
    builder.addFieldOffset(4, buffers, 0);
    builder.finish(builder.endObject(), 'TFL3');
    const file = builder.asUint8Array().slice();
    const [, at] = /buffers\[0\].offset at byte (\d+): .*100 bytes at file offset 8192/.exec(
      messageOf(file),
    )!;
    expect(new DataView(file.buffer).getBigUint64(Number(at), true)).toBe(8192n);
  });

  it('buffers in other files', () => {
    const model = smallModel();
    model.subgraphs[0]!.tensors[0]!.externalBuffer = 1;
    expect(messageOf(writeModel(model))).toMatch(/tensors\[0\].externalBuffer at byte \d+: .*another file/);
  });

  it('custom options', () => {
    const model = smallModel();
    model.subgraphs[0]!.operators[1]!.largeCustomOptionsOffset = 4096n;
    model.subgraphs[0]!.operators[1]!.largeCustomOptionsSize = 10n;
    expect(messageOf(writeModel(model))).toMatch(
      /operators\[1\].largeCustomOptionsOffset at byte \d+: .*10 bytes of custom options at file offset 4096/,
    );
  });
});

describe('writing', () => {
  const same = Int32Array.from([1, 2, 3, 4]);
  function repeated() {
    const builder = new ModelBuilder('equal buffers');
    for (const name of ['first', 'second', 'variable']) {
      builder.addTensor({ name, shape: [4], type: TensorType.INT32, data: same });
    }
    const model = builder.build([], []);
    return { model, tensors: model.subgraphs[0]!.tensors };
  }

  it('keeps equal buffers once, but those of variables and metadata for themselves', () => {
    const { model, tensors } = repeated();
    tensors[2]!.isVariable = true;
    model.buffers.push(new Uint8Array(same.buffer));
    model.metadata.push(new MetadataT('note', 4));
    const again = readModel(writeModel(model));
    expect(again.buffers.map((data) => data.length)).toEqual([0, 16, 16, 16]);
    const [first, second, variable] = again.subgraphs[0]!.tensors.map(({ buffer }) => buffer);
    expect([first, second, variable, again.metadata[0]!.buffer]).toEqual([1, 1, 2, 3]);
  });

  it('never points a tensor at buffer 0, which LiteRT takes for no data', () => {
    const { model, tensors } = repeated();
    model.buffers[0] = new Uint8Array(same.buffer);
    const again = readModel(writeModel(model));
    expect(tensors.length).toBe(3);
    expect(again.subgraphs[0]!.tensors.map(({ buffer }) => buffer)).toEqual([1, 1, 1]);
  });

  it('writes operator codes in both places, 127 in the old one for codes above', () => {
    const model = smallModel();
    model.operatorCodes[1] = new OperatorCodeT(0, null, 1, BuiltinOperator.GELU);
    const again = readModel(writeModel(model)).operatorCodes;
    expect(again.map((code) => [code.deprecatedBuiltinCode, code.builtinCode])).toEqual([
      [BuiltinOperator.CONV_2D, BuiltinOperator.CONV_2D],
      [127, BuiltinOperator.GELU],
      [BuiltinOperator.FULLY_CONNECTED, BuiltinOperator.FULLY_CONNECTED],
    ]);
  });
});

it('typed data of a sparse tensor are the values that are there', () => {
  const model = smallModel();
  model.buffers.push(new Uint8Array([1, 0, 0, 0, 2, 0, 0, 0, 9]));
  const sparse = new TensorT([8, 8], TensorType.INT32, model.buffers.length - 1, 'sparse');
  sparse.sparsity = new SparsityParametersT();
  expect(typedData(model, sparse)).toEqual(Int32Array.from([1, 2]));
});
