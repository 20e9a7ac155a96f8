import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Dataset, loadNpy, takeExamples } from '@weightfold/datasets';
import { parseConfig } from '@weightfold/optimizer';
import { bytesOf, data, modelFile, needing, python } from '@weightfold/test-support';
import { expect, it, vi } from 'vitest';
import { gatherReport } from '../report/gather.js';
import { renderReport } from '../report/report.js';
import { stageRows } from '../report/stage-table.js';
import { evaluateModel, scoreModel } from './evaluate.js';
import { runPipeline } from './run.js';

/** Features of spoken digits in a row, without their classes. */
function features(): Dataset {
  const split = (name: string) => ({
    ...loadNpy(path.join(data, 'fsdd', `fsdd_${name}_x_f32.npy`)),
    shape: [490],
  });
  const provenance = { source: data, licence: 'CC BY-SA 4.0', files: [] };
  const test = takeExamples(split('test'), 200);
  return { name: 'digits', classes: 1, train: split('train'), test, provenance };
}

const config = parseConfig({
  schemaVersion: 1,
  model: { name: 'autoencoder' },
  batchSize: 50,
  momentBatches: 10,
  calibrationExamples: 200,
  recipe: {
    stages: [
      { name: 'base', epochs: 2, learningRate: 3e-3 },
      {
        name: 'all-at-once',
        from: 'base',
        constraints: [
          { type: 'sparsity', target: 0.5 },
          { type: 'cluster', clusters: 16 },
          { type: 'quantize' },
        ],
        epochs: 1,
        examples: 1000,
        learningRate: 1e-3,
      },
    ],
  },
});

it(
  'trains an autoencoder to reconstruct its input, and reports errors in place of accuracies',
  needing('data', 'python'),
  async () => {
    vi.stubEnv('WEIGHTFOLD_PYTHON_RIVALS', python!);
    const dataset = features();
    const outDir = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-autoencoder-'));
    const notes: string[] = [];
    const onEvent = ({ type, message }: { type: string; message?: string }) =>
      void (type === 'note' && notes.push(message!));
    const { stages } = await runPipeline({ config, outDir, dataset, onEvent });
    const values = dataset.test.x as Float32Array;
    const variance = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
    for (const stage of stages) {
      expect([stage.accuracyFloat, stage.accuracyInt8, stage.judgement!.litertAccuracy]).toEqual([
        null,
        null,
        null,
      ]);
      // A network that gives 0 has the variance as its error.
      expect(stage.mseInt8).toBeLessThan(0.8 * variance);
      expect(Math.abs(stage.mseInt8! / stage.mseFloat! - 1)).toBeLessThan(0.1);
      expect(stage.mseInt8).toBe(
        scoreModel(bytesOf(path.join(outDir, stage.tflite)), dataset.test, 'reconstruction').mse,
      );
      expect(stage.judgement).toMatchObject({ tflmEqual: 100, tflmCompared: 100 });
    }
    expect(notes.filter((note) => /expected at most/.test(note))).toEqual([]);
    const last = stages.at(-1)!;
    expect([last.zeroFraction >= 0.5, last.maxDistinct <= 16]).toEqual([true, true]);
    const { heads } = stageRows(stages);
    expect(heads.slice(0, 3)).toEqual(['Stage', 'Float MSE', 'int8 MSE']);
    expect(heads.join()).not.toContain('%');
    const page = renderReport(gatherReport(outDir));
    expect(page).toContain(`${last.mseInt8!.toPrecision(4)} int8 mean squared error`);
    expect(page).not.toContain('top-1');
  },
);

it(
  'measures the reconstruction error of MLPerf Tiny’s autoencoder, and refuses a model that reconstructs nothing',
  needing('data'),
  () => {
    const x = Float32Array.from({ length: 20 * 640 }, (_, i) => 3 * Math.sin(i));
    const split = { count: 20, shape: [640], x, xScale: 1, y: new Int32Array(20) };
    const int8 = scoreModel(modelFile('mlperf_ad01_int8.tflite'), split, 'reconstruction');
    const float = scoreModel(
      modelFile('mlperf_ad01_int8.tflite'),
      { ...split, x: x.map(() => 0) },
      'reconstruction',
    );
    expect([int8.accuracy, int8.samples]).toEqual([null, 20]);
    expect(int8.mse).toBeGreaterThan(0);
    expect(float.mse).not.toBe(int8.mse);
    const images = { ...split, count: 1, shape: [32, 32, 3], x: new Float32Array(3072) };
    expect(() => scoreModel(modelFile('mlperf_ic01_resnet8_int8.tflite'), images, 'reconstruction')).toThrow(
      /expected 3072 values, as the input has, but received 10/,
    );
    expect(() => evaluateModel(modelFile('mlperf_ad01_int8.tflite'), images)).toThrow(
      /the examples \[32,32,3\]/,
    );
  },
);
