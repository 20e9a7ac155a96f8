import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ActivationFunctionType,
  BuiltinOperator,
  BuiltinOptions,
  FullyConnectedOptionsT,
  ModelBuilder,
  readModel,
  TensorType,
  TfliteError,
  writeModel,
} from './index.js';

function smallModel(): Uint8Array {
  const builder = new ModelBuilder('test');
  const quantization = { scale: [0.5], zeroPoint: [0] };
  const input = builder.addTensor({ name: 'x', shape: [1, 4], type: TensorType.INT8, quantization });
  const weights = builder.addTensor({
    name: 'w',
    shape: [3, 4],
    type: TensorType.INT8,
    quantization,
    data: Int8Array.from([1, -2, 3, 4, 5, -6, 7, 8, 9, 10, -11, 12]),
  });
  const bias = builder.addTensor({
    name: 'b',
    shape: [3],
    type: TensorType.INT32,
    quantization: { scale: [0.25], zeroPoint: [0] },
    data: Int32Array.from([10, -20, 30]),
  });
  const output = builder.addTensor({ name: 'y', shape: [1, 3], type: TensorType.INT8, quantization });
  builder.addOperator({
    builtin: BuiltinOperator.FULLY_CONNECTED,
    version: 4,
    inputs: [input, weights, bias],
    outputs: [output],
    optionsType: BuiltinOptions.FullyConnectedOptions,
    options: new FullyConnectedOptionsT(ActivationFunctionType.RELU),
  });
  return writeModel(builder.build([input], [output]));
}

/** A damaged file may still be a valid model; anything else must be a TfliteError, never another exception. */
function readsOrRefuses(bytes: Uint8Array): void {
  try {
    readModel(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(TfliteError);
    expect((error as TfliteError).message.length).toBeGreaterThan(10);
  }
}

describe('a small model', () => {
  const bytes = smallModel();

  it('comes back as it was built', () => {
    const model = readModel(bytes);
    const graph = model.subgraphs[0]!;
    expect(graph.tensors.map((tensor) => [tensor.name, tensor.shape, tensor.quantization!.scale])).toEqual([
      ['x', [1, 4], [0.5]],
      ['w', [3, 4], [0.5]],
      ['b', [3], [0.25]],
      ['y', [1, 3], [0.5]],
    ]);
    expect(graph.operators[0]!.builtinOptions).toMatchObject({
      fusedActivationFunction: ActivationFunctionType.RELU,
    });
  });

  it('with any byte set to 00 or FF, or any bit flipped, is read or refused', () => {
    for (let at = 0; at < bytes.length; at++) {
      for (const value of [0x00, 0xff, ...[0, 1, 2, 3, 4, 5, 6, 7].map((bit) => bytes[at]! ^ (1 << bit))]) {
        const damaged = bytes.slice();
        damaged[at] = value;
        readsOrRefuses(damaged);
      }
    }
  });

  it('cut at any byte is refused', () => {
    for (let length = 0; length < bytes.length - 16; length++) {
      expect(() => readModel(bytes.subarray(0, length)), `length ${length}`).toThrow(TfliteError);
    }
  });

  it('with spliced offsets is read or refused', () => {
    const word = fc.record({
      at: fc.nat(bytes.length / 4 - 1),
      value: fc.oneof(fc.nat(bytes.length), fc.integer()),
    });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), (words) => {
        const damaged = bytes.slice();
        const view = new DataView(damaged.buffer);
        for (const { at, value } of words) view.setInt32(4 * at, value, true);
        readsOrRefuses(damaged);
      }),
      { numRuns: 3000, seed: 20261124 },
    );
  });

  it('names what is wrong and where', () => {
    const damaged = bytes.slice();
    damaged.set([0xff, 0xff, 0xff, 0x7f], 0);
    expect(() => readModel(damaged)).toThrow(
      /Model at byte 0: expected an offset of 1 to \d+ but received 2147483647/,
    );
    expect(() => readModel(new TextEncoder().encode('PK\x03\x04 no model'))).toThrow(
      /expected the identifier TFL3 at byte 4/,
    );
  });
});
