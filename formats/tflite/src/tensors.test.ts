import { expect, it } from 'vitest';
import {
  BuiltinOperator,
  fromHalf,
  ModelBuilder,
  readModel,
  TensorType,
  typedData,
  weightStatistics,
  writeModel,
} from './index.js';

it('reads 4-bit numbers as LiteRT packs them (UnpackDenseInt4IntoInt8), and counts them', () => {
  const builder = new ModelBuilder('int4');
  const x = builder.addTensor({ name: 'x', shape: [1, 3], type: TensorType.INT8 });
  const quantization = { scale: [0.5], zeroPoint: [0] };
  const data = Uint8Array.of(0xf1, 0x80, 0x07, 0x0e, 0x10); // an odd number of elements: the last half is not one
  const weights = { name: 'w', shape: [3, 3], type: TensorType.INT4, quantization, data };
  const y = builder.addTensor({ name: 'y', shape: [1, 3], type: TensorType.INT8 });
  const w = builder.addTensor(weights);
  builder.addOperator({ builtin: BuiltinOperator.FULLY_CONNECTED, inputs: [x, w, -1], outputs: [y] });
  const model = readModel(writeModel(builder.build([x], [y])));
  const values = [1, -1, 0, -8, 7, 0, -2, 0, 0];
  expect([...typedData(model, model.subgraphs[0]!.tensors[w]!)!]).toEqual(values);
  expect(weightStatistics(model)).toMatchObject([
    { op: 'FULLY_CONNECTED', dtype: 'int4', elements: 9, bytes: 5, zeros: 4, distinct: 6 },
  ]);
});

// Bit patterns and values: IEEE 754-2019, binary16.
it('reads 16-bit floats, subnormal and infinite ones too', () => {
  const halves = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x8000, 0x7c00, 0x7e00);
  expect([...fromHalf(new Uint8Array(halves.buffer))]).toEqual([
    1,
    -2,
    65504,
    2 ** -14,
    2 ** -24,
    -0,
    Number.POSITIVE_INFINITY,
    Number.NaN,
  ]);
});
