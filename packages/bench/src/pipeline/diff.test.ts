import { compress } from '@weightfold/compressor';
import { bytesOf, modelFile, needing, tfmotFile } from '@weightfold/test-support';
import {
  BuiltinOperator,
  ModelBuilder,
  readModel,
  TensorType,
  typedData,
  writeModel,
} from '@weightfold/tflite';
import { describe, expect, it } from 'vitest';
import { diffModels } from './diff.js';
import { inspectModel } from './inspect.js';

const stage = (name: string) => bytesOf(tfmotFile(`dscnn_s_${name}_int8.tflite`));

describe('two models', needing('data'), () => {
  it('that are one, also packed or laid out anew, are identical', () => {
    const base = stage('base');
    expect(diffModels(base, base)).toMatchObject({ identical: true, sameBytes: true, structure: [] });
    expect(diffModels(base, compress(base, { level: 'fast' }).bytes)).toMatchObject({ sameBytes: true });
    const anew = diffModels(base, writeModel(readModel(base)));
    expect(anew).toMatchObject({ identical: true, sameBytes: false });
    expect(anew.tensors.length).toBe(10);
    expect(anew.tensors.every(({ identical, maxChange }) => identical && maxChange === 0)).toBe(true);
  });

  it('differ in the one weight, bias or setting that was changed', () => {
    const change = (edit: (model: ReturnType<typeof readModel>) => void) => {
      const model = readModel(stage('base').slice());
      edit(model);
      return diffModels(stage('base'), writeModel(model));
    };
    const weight = change((model) => {
      const { tensors, operators } = model.subgraphs[0]!;
      model.buffers[tensors[operators[2]!.inputs[1]!]!.buffer]![5]! ^= 1;
    });
    expect(weight.identical).toBe(false);
    const changed = weight.tensors.filter(({ identical }) => !identical);
    expect(changed.map(({ op, unit }) => [op, unit])).toEqual([['CONV_2D', 'real']]);
    expect(changed[0]!.maxChange).toBeGreaterThan(0);
    expect(weight.structure).toEqual([]);
    const bias = change((model) => {
      const { tensors, operators } = model.subgraphs[0]!;
      model.buffers[tensors[operators[0]!.inputs[2]!]!.buffer]![0]! ^= 1;
    });
    expect(bias.structure.map(({ where }) => where)).toEqual([
      expect.stringMatching(/^operator 0 \(CONV_2D\)/),
    ]);
    const wire = diffModels(
      bytesOf(modelFile('mlperf_ic01_resnet8_int8.tflite')),
      rewired('mlperf_ic01_resnet8_int8.tflite'),
    );
    expect(wire.identical).toBe(false);
    expect(wire.structure).toEqual([
      {
        where: 'operator 3 (ADD), inputs',
        a: 'output 0 of operator 0; output 0 of operator 2',
        b: 'output 0 of operator 1; output 0 of operator 2',
      },
    ]);
    const setting = change((model) => {
      model.subgraphs[0]!.tensors[model.subgraphs[0]!.operators[0]!.outputs[0]!]!.quantization!.scale =
        Float32Array.of(0.5);
    });
    expect(setting.structure[0]).toMatchObject({
      where: 'operator 0 (CONV_2D), quantization',
      b: expect.stringContaining('scale 0.5'),
    });
  });

  it('of TFMOT’s stages gain zeros by pruning and lose codes by clustering', () => {
    const pruned = diffModels(stage('base'), stage('pruned50'));
    const convolutions = pruned.tensors.filter(({ op }) => op === 'CONV_2D');
    expect(convolutions.length).toBe(5);
    for (const { zeroFraction, zerosGained, zerosLost, shape } of convolutions) {
      const size = shape.reduce((product, n) => product * n, 1);
      expect(zeroFraction[1]).toBeGreaterThan(0.49);
      expect(zerosGained! - zerosLost!).toBe(Math.round((zeroFraction[1] - zeroFraction[0]) * size));
    }
    const clustered = diffModels(stage('base'), stage('clustered'));
    for (const { distinct, op } of clustered.tensors)
      if (op === 'CONV_2D') expect(distinct[1]).toBeLessThan(distinct[0]);
  });

  it('of float and int8 are paired, and are as near as int8 is', () => {
    const { tensors } = diffModels(
      bytesOf(modelFile('mlperf_ad01_fp32.tflite')),
      bytesOf(modelFile('mlperf_ad01_int8.tflite')),
    );
    const both = tensors.filter(({ unit }) => unit === 'real');
    expect(both.length).toBeGreaterThanOrEqual(10);
    expect(both.every(({ dtype }) => dtype.join() === 'float32,int8')).toBe(true);
    const model = readModel(bytesOf(modelFile('mlperf_ad01_fp32.tflite')));
    const [first] = inspectModel(bytesOf(modelFile('mlperf_ad01_fp32.tflite'))).tensors;
    const values = typedData(model, model.subgraphs[0]!.tensors[first!.tensorIndex]!) as Float32Array;
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(both[0]!.maxChange).toBeLessThan(largest / 50);
  });
});

it('differ in paddings alone, which are a matrix of integers', () => {
  const padded = (paddings: number[]) => {
    const builder = new ModelBuilder('pad');
    const float = (name: string, shape: number[]) =>
      builder.addTensor({ name, shape, type: TensorType.FLOAT32 });
    const [x, y] = [float('x', [1, 4]), float('y', [1, 5])];
    const data = Int32Array.from(paddings);
    const by = builder.addTensor({ name: 'by', shape: [2, 2], type: TensorType.INT32, data });
    builder.addOperator({ builtin: BuiltinOperator.PAD, inputs: [x, by], outputs: [y] });
    return writeModel(builder.build([x], [y]));
  };
  expect(diffModels(padded([0, 0, 0, 1]), padded([0, 0, 0, 1])).identical).toBe(true);
  expect(diffModels(padded([0, 0, 0, 1]), padded([0, 0, 1, 0]))).toMatchObject({
    identical: false,
    structure: [{ where: expect.stringMatching(/operator 0 \(PAD\), constant by/) }],
  });
});

/** ResNet-8 whose first addition takes the block's inside in place of its input: the same shapes, another network. */
function rewired(file: string): Uint8Array {
  const model = readModel(bytesOf(modelFile(file)).slice());
  const [, inside, , sum] = model.subgraphs[0]!.operators;
  sum!.inputs[0] = inside!.outputs[0]!;
  return writeModel(model);
}
