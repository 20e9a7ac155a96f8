import fs from 'node:fs';
import path from 'node:path';
import type { Dataset } from '@weightfold/datasets';
import { modelFile, needing, outputsOf, tfmotFile } from '@weightfold/test-support';
import { readModel, weightStatistics } from '@weightfold/tflite';
import { describe, expect } from 'vitest';
import { digits, itOnData, scratch, smallFashion } from '../../test/data.js';
import { int8Inputs } from '../../test/rival-inputs.js';
import { parseConfig, type RunConfig } from '../config.js';
import { optimize } from '../optimize.js';

const quick = { epochs: 1, examples: 200, learningRate: 2e-4 };
const config = (model: object, options: object = {}): RunConfig =>
  parseConfig({
    schemaVersion: 1,
    model,
    batchSize: 20,
    baseTraining: quick,
    fineTuning: quick,
    calibrationExamples: 200,
    momentBatches: 10,
    ...options,
  });

/** Top-1 in percent of an exported file in LiteRT's reference kernels. */
async function inLiteRT(file: string, dataset: Dataset): Promise<number> {
  const model = fs.readFileSync(file);
  const [outputs] = await outputsOf('litert-ref', [{ model, examples: int8Inputs(model, dataset.test) }]);
  const scores = new Int8Array(outputs!);
  let right = 0;
  for (let i = 0; i < dataset.test.count; i++) {
    const own = scores.subarray(i * dataset.classes, (i + 1) * dataset.classes);
    if (own.indexOf(Math.max(...own)) === dataset.test.y[i]) right++;
  }
  return (100 * right) / dataset.test.count;
}

describe('an imported network', () => {
  const model = {
    name: 'imported',
    file: tfmotFile('dscnn_s_architecture.json'),
    weights: tfmotFile('dscnn_s_base.weights.h5'),
  };

  itOnData('is taken as it is, then pruned, clustered and quantized like one of our own', async () => {
    const dir = scratch();
    const dataset = digits();
    const stages = await optimize({ config: config(model), dataset, outDir: dir });
    expect(stages.map(({ steps }) => steps)).toEqual([0, 10, 10, 10]);
    expect(Math.abs(stages[0]!.accuracyFloat! - 99.33)).toBeLessThan(0.01); // TFMOT's float base (figures)
    const last = path.join(dir, stages[3]!.tflite);
    const layers = weightStatistics(readModel(fs.readFileSync(last))).filter(({ op }) => op === 'CONV_2D');
    expect(layers.length).toBe(5);
    for (const { zeroFraction, distinct } of layers) {
      expect(zeroFraction).toBeGreaterThanOrEqual(0.5);
      expect(distinct).toBeLessThanOrEqual(16);
    }
    if (needing('python').skip) return;
    expect(Math.abs((await inLiteRT(last, dataset)) - stages[3]!.accuracyFloat!)).toBeLessThanOrEqual(0.7);
  });

  itOnData('is trained by a first stage that holds it to constraints', async () => {
    const stages = [{ name: 'direct', ...quick, constraints: [{ type: 'cluster', clusters: 8 }] }];
    const [direct] = await optimize({
      config: config(model, { recipe: { stages } }),
      dataset: digits(),
      outDir: scratch(),
    });
    expect(direct).toMatchObject({ steps: 10, maxDistinct: 8 });
  });

  itOnData('that does not fit the data is refused', async () => {
    const dataset = await smallFashion(40, 20);
    const run = (one: object, options = {}) =>
      optimize({ config: config(one, options), dataset, outDir: scratch() });
    await expect(run(model)).rejects.toThrow(
      /expected one input of shape \[28,28,1\].* but received \[49,10,1\]/,
    );
    await expect(run(model, { baseWeights: 'a.h5' })).rejects.toThrow(
      /an imported model has its own weights/,
    );
  });
});

describe('a network that reconstructs its input', () => {
  /** Seeded signals of 640 values: sums of three waves. */
  const waves = (count: number): Dataset['train'] => {
    const wave = (i: number, k: number, j: number) =>
      Math.sin(0.01 * (1 + ((7 * i + 3 * j) % 11)) * k + i + j);
    const x = Float32Array.from({ length: count * 640 }, (_, at) =>
      [0, 1, 2].reduce((sum, j) => sum + wave(Math.floor(at / 640), at % 640, j), 0),
    );
    return { count, shape: [640], x, xScale: 1, y: new Int32Array(count) };
  };
  const provenance = { source: 'a test', licence: 'none', files: [] };
  const dataset: Dataset = { name: 'waves', classes: 1, train: waves(200), test: waves(50), provenance };
  const run = (model: object, options = {}) =>
    optimize({ config: config(model, options), dataset, outDir: scratch() });
  const imported = { name: 'imported', file: modelFile('mlperf_ad01_fp32.tflite') };

  itOnData('may be imported, and has an error in place of an accuracy', async () => {
    const fineTuning = { epochs: 3, learningRate: 1e-3, distillation: null };
    const options = { recipe: 'qat', fineTuning };
    const [base, qat] = await run({ ...imported, objective: 'reconstruction' }, options);
    expect([base!.accuracyFloat, base!.steps, qat!.steps]).toEqual([null, 0, 30]);
    expect(qat!.mseFloat!).toBeLessThan(base!.mseFloat!); // it was trained on the sounds of machines
  });

  itOnData('is refused as a classifier', async () => {
    await expect(run(imported)).rejects.toThrow(
      /waves: expected at least two classes for imported but received 1/,
    );
  });
});

describe('a network with branches', () => {
  itOnData('goes all the way: ResNet-8', async () => {
    const dir = scratch();
    const dataset = await smallFashion(400, 200);
    const training = { epochs: 2, examples: 400, learningRate: 2e-3 };
    const stages = await optimize({
      config: config({ name: 'resnet-8' }, { baseTraining: training }),
      dataset,
      outDir: dir,
    });
    expect(stages[0]!.accuracyFloat).toBeGreaterThan(30); // 10 by chance
    if (needing('python').skip) return;
    for (const { tflite, accuracyFloat, kind } of stages) {
      const off = Math.abs((await inLiteRT(path.join(dir, tflite), dataset)) - accuracyFloat!);
      expect(off, tflite).toBeLessThanOrEqual(kind === 'qat' ? 1.5 : 4);
    }
  });
});
