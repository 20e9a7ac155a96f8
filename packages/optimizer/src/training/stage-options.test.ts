import fs from 'node:fs';
import path from 'node:path';
import type { Dataset } from '@weightfold/datasets';
import { readModel, typedData, weightStatistics } from '@weightfold/tflite';
import { beforeAll, describe, expect } from 'vitest';
import { describeOnData, itOnData as it, scratch, smallConfig, smallFashion } from '../../test/data.js';
import { parseConfig, parseConstraint, type RunConfig } from '../config.js';
import { LayerConstraints } from '../constraints/layer-constraints.js';
import { weightedNodes } from '../graph/graph.js';
import { dsCnn } from '../graph/models.js';
import { type OptimizeOptions, optimize } from '../optimize.js';
import type { ProgressEvent } from '../run/events.js';
import { activationPlan } from './activation-plan.js';

const training = { epochs: 1, learningRate: 1e-3 };
const configOf = (stages: unknown[]): RunConfig =>
  parseConfig({
    ...smallConfig,
    recipe: { stages: [{ name: 'base', epochs: 0, learningRate: 1 }, ...stages] },
  });

describeOnData('options of a stage', () => {
  let dataset: Dataset;
  beforeAll(async () => {
    dataset = await smallFashion(400, 100);
  });
  const run = (config: RunConfig, options: Partial<OptimizeOptions> = {}) =>
    optimize({ config, dataset, outDir: scratch(), ...options });

  // All that has a state of its own: centroids and ranges moved by gradients, velocity, frozen statistics, warm-up.
  const everything = configOf([
    {
      name: 'all',
      from: 'base',
      ...training,
      epochs: 2,
      optimizer: { name: 'sgd', nesterov: true },
      schedule: { drops: [0.75] },
      warmup: 0.2,
      freezeBatchNorm: 0.6,
      distillation: {},
      constraints: [
        { type: 'sparsity', target: 0.5 },
        { type: 'cluster', clusters: 8, centroids: 'gradient-mean', freezeAt: 0.5 },
        { type: 'cluster', clusters: 4, codebook: 'channel', centroids: 'gradient-sum', layers: ['b1_pw'] },
        { type: 'quantize', ranges: 'learned' },
        { type: 'quantize', bits: 4, layers: ['*_dw'] },
      ],
    },
  ]);

  it('hold what they promise on the file, and go on after a stop with the same bytes', async () => {
    const outDir = scratch();
    const [, straight] = await run(everything, { outDir });
    const model = readModel(fs.readFileSync(path.join(outDir, straight!.tflite)));
    for (const layer of weightStatistics(model)) {
      const codes = typedData(model, model.subgraphs[0]!.tensors[layer.tensorIndex]!) as Int8Array;
      if (layer.op === 'DEPTHWISE_CONV_2D') expect(Math.max(...codes.map(Math.abs))).toBe(7);
      else expect(layer.zeros).toBeGreaterThanOrEqual(Math.floor(layer.elements / 2));
      if (layer.name.startsWith('b1_pw')) expect(layer.distinctPerChannelMax).toBeLessThanOrEqual(4);
      else if (layer.op !== 'DEPTHWISE_CONV_2D') expect(layer.distinct).toBeLessThanOrEqual(8);
    }
    for (const at of [10, 30]) {
      const dir = scratch();
      const stop = new AbortController();
      const onEvent = ({ type, stage, step }: ProgressEvent) => {
        if (type === 'step' && stage === 'all' && step === at) stop.abort(new Error('stopped'));
      };
      await expect(run(everything, { outDir: dir, signal: stop.signal, onEvent })).rejects.toThrow('stopped');
      const [, resumed] = await run(everything, { outDir: dir });
      expect(resumed!.sha256).toBe(straight!.sha256);
    }
  });

  it('end a stage when the loss on held-out examples falls no more, and not before its zeros are there', async () => {
    const notes: ProgressEvent[] = [];
    const stage = {
      name: 'pruned',
      from: 'base',
      ...training,
      epochs: 10,
      // Nothing counts as an improvement: one epoch of waiting from the first look on, which is at the end of the ramp.
      earlyStop: { patience: 1, minDelta: 1e9, heldOut: 0.25 },
      constraints: [{ type: 'sparsity', target: 0.5, rampEnd: 0.35 }],
    };
    const [, pruned] = await run(configOf([stage]), {
      onEvent: (event) => void (event.type === 'note' && notes.push(event)),
    });
    const perEpoch = (0.75 * 400) / smallConfig.batchSize;
    expect(pruned!.steps).toBe(5 * perEpoch);
    expect(notes.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^ends after 5 of 10 epochs/),
    ]);
    expect(pruned!.zeroFraction).toBeGreaterThanOrEqual(0.49);
  });

  it.each(['fixed', 'moving-average', 'learned'])('ranges: %s', async (ranges) => {
    const stage = { name: 'qat', from: 'base', ...training, constraints: [{ type: 'quantize', ranges }] };
    const still = { ...stage, name: 'still', epochs: 0 };
    const outDir = scratch();
    const stages = await run(configOf([still, stage]), { outDir });
    const [calibrated, trained] = stages.slice(1).map(({ tflite }) => {
      const { tensors } = readModel(fs.readFileSync(path.join(outDir, tflite))).subgraphs[0]!;
      return tensors.find(({ name }) => name === 'b1_pw')!.quantization!.scale;
    });
    if (ranges === 'fixed') expect(trained).toEqual(calibrated);
    else expect(trained).not.toEqual(calibrated);
  });
});

describe('layers that quantization leaves out', () => {
  const graph = dsCnn({ inputShape: [12, 10, 1], classes: 5, size: 'S', dropout: 0, firstDropout: 0 });
  const plan = (...specs: object[]) =>
    activationPlan(
      graph,
      specs.map((spec) => parseConstraint({ type: 'quantize', ...spec })),
    )!;

  it('are not simulated in training; others go by the last spec that names them', () => {
    const { isSimulated, rule, learned } = plan(
      { layers: ['*', '!fc'], ranges: 'fixed' },
      { layers: ['b1_*'], ranges: 'learned' },
    );
    expect(['fc', 'b1_pw', 'b2_pw', 'input'].map(isSimulated)).toEqual([false, true, true, true]);
    expect(['b1_pw', 'b2_pw'].map(rule)).toEqual(['learned', 'fixed']);
    expect(learned).toContain('b1_dw');
    expect(learned).not.toContain('b2_dw');
  });

  it('keep their weights as they are in training', () => {
    const node = weightedNodes(graph).find(({ name }) => name === 'fc')!;
    const specs = [parseConstraint({ type: 'quantize', layers: ['*', '!fc'] })];
    expect(LayerConstraints.of(node, specs, { perChannelDense: false }, () => {}).empty).toBe(true);
  });
});
