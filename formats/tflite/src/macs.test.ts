import { bytesOf, modelFile, needing } from '@weightfold/test-support';
import { describe, expect, it } from 'vitest';
import {
  BatchMatMulOptionsT,
  BuiltinOperator,
  BuiltinOptions,
  countMacs,
  ModelBuilder,
  type OperatorSpec,
  readModel,
  TensorType,
} from './index.js';

const macsOf = (name: string) => countMacs(readModel(bytesOf(modelFile(`${name}.tflite`))));

describe('multiply-accumulates', needing('data'), () => {
  // From the layers' shapes: output places × output channels × kernel.
  const dsCnn = 25 * 5 * 64 * 40 + 4 * (25 * 5 * 64 * 9 + 25 * 5 * 64 * 64) + 64 * 12;
  const resnet8 =
    32 * 32 * 16 * (27 + 2 * 144) + 16 * 16 * 32 * (144 + 288 + 16) + 8 * 8 * 64 * (288 + 576 + 32) + 640;
  it.each([
    ['mlperf_kws01_dscnn_int8', dsCnn],
    ['mlperf_ic01_resnet8_int8', resnet8],
    ['mlperf_ad01_int8', 264192], // dense layers only: every weight once (MANIFEST.json, weights)
    ['tflm_keyword_scrambled', 21056], // filters over time and a dense layer: the same
    ['tflm_mnist_lstm_int8', 28 * 4 * 20 * (28 + 20) + 28 * 20 * 10], // 28 steps of 4 gates; a dense layer over all steps
  ])('of %s follow from its shapes: %i', (name, expected) => {
    const { total, perOp } = macsOf(name);
    expect(total).toBe(expected);
    expect(perOp.reduce((sum, macs) => sum + macs, 0)).toBe(expected);
  });

  // Howard et al. 2017, table 6: 325 and 41 million at 224 × 224, fewer with the area; Sandler et al. 2018, table 4: 300 million.
  it.each([
    ['coral_mobilenet_v1_0.75_192_u8', 325 * (192 / 224) ** 2],
    ['coral_mobilenet_v1_0.25_128_u8', 41 * (128 / 224) ** 2],
    ['coral_mobilenet_v2_1.0_224_u8', 300],
  ])('of %s are about what its paper says: %f million', (name, millions) => {
    expect(Math.abs(macsOf(name).total / 1e6 / millions - 1)).toBeLessThan(0.02); // the papers round
  });
});

describe('multiply-accumulates of one operator', () => {
  const inputs = { name: 'input', type: TensorType.FLOAT32 };
  function one(spec: Omit<OperatorSpec, 'inputs' | 'outputs'>, shapes: number[][], output: number[]): number {
    const builder = new ModelBuilder('one operator');
    const tensors = shapes.map((shape) => builder.addTensor({ ...inputs, shape }));
    const result = builder.addTensor({ ...inputs, shape: output });
    builder.addOperator({ ...spec, inputs: tensors, outputs: [result] });
    return countMacs(builder.build([], [result])).total;
  }

  it('transposed convolution: every input element meets its channel’s kernel elements', () => {
    const shapes = [[4], [5, 3, 3, 7], [1, 4, 4, 7]];
    expect(one({ builtin: BuiltinOperator.TRANSPOSE_CONV }, shapes, [1, 8, 8, 5])).toBe(
      4 * 4 * 7 * 3 * 3 * 5,
    );
  });

  it('convolution in three dimensions', () => {
    const shapes = [
      [1, 6, 6, 6, 2],
      [3, 3, 3, 2, 4],
    ];
    expect(one({ builtin: BuiltinOperator.CONV_3D }, shapes, [1, 4, 4, 4, 4])).toBe(4 ** 4 * 27 * 2);
  });

  it('grouped convolution: the kernel’s depth counts, not the input’s', () => {
    const shapes = [
      [1, 4, 4, 8],
      [6, 1, 1, 4],
    ];
    expect(one({ builtin: BuiltinOperator.CONV_2D }, shapes, [1, 4, 4, 6])).toBe(16 * 6 * 4);
  });

  it('matrix product, also of a transposed left side', () => {
    const spec = (adjX: boolean) => ({
      builtin: BuiltinOperator.BATCH_MATMUL,
      optionsType: BuiltinOptions.BatchMatMulOptions,
      options: new BatchMatMulOptionsT(adjX),
    });
    const right = [2, 5, 7];
    expect(one(spec(false), [[2, 3, 5], right], [2, 3, 7])).toBe(2 * 3 * 5 * 7);
    expect(one(spec(true), [[2, 5, 3], right], [2, 3, 7])).toBe(2 * 3 * 5 * 7);
  });

  it('none for operators without a matrix or kernel', () => {
    expect(one({ builtin: BuiltinOperator.RELU }, [[9]], [9])).toBe(0);
  });
});
