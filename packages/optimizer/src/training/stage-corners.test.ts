import fs from 'node:fs';
import path from 'node:path';
import type { Dataset, Split } from '@weightfold/datasets';
import { readModel, weightStatistics } from '@weightfold/tflite';
import { describe, expect, it } from 'vitest';
import { scratch } from '../../test/data.js';
import { parseConfig } from '../config.js';
import { GraphBuilder, type NetworkFactory } from '../graph/builder.js';
import type { Graph } from '../graph/graph.js';
import { type OptimizeOptions, optimize } from '../optimize.js';
import type { ProgressEvent } from '../run/events.js';
import { runStage } from '../run/stage.js';
import type { RunContext } from '../run/stage-work.js';
import { tf } from '../tf.js';
import { findSlot, initialParameters, parameterSlots, slotValues } from './parameters.js';
import { floatLayers, predict } from './predict.js';

/** Images [6, 6, 1] of two kinds of waves. */
const split = (count: number): Split => ({
  count,
  shape: [6, 6, 1],
  x: Float32Array.from({ length: 36 * count }, (_, i) => {
    const example = Math.floor(i / 36);
    return 1 + Math.sin((example % 2 ? 0.3 : 1.1) * (i % 36) + example);
  }),
  xScale: 1,
  y: Int32Array.from({ length: count }, (_, i) => i % 2),
});
const provenance = { source: 'made here', licence: 'none', files: [] };
const waves = (train: number): Dataset => ({
  name: 'waves',
  classes: 2,
  train: split(train),
  test: split(20),
  provenance,
});
const network: NetworkFactory = ({ shape, classes }) => {
  const net = new GraphBuilder('small', shape);
  net.conv2d('a', { channels: 8, kernel: 3 });
  net.conv2d('b', { channels: 8, kernel: 1 });
  net.globalAveragePool('pool');
  net.dense('fc', { units: classes });
  return net.build();
};
const training = { epochs: 2, learningRate: 1e-2 };
const common = { schemaVersion: 1, batchSize: 10, calibrationExamples: 20, momentBatches: 4 } as const;
const first = { name: 'base', ...training };

/** Trains stages on few examples; gives the results, the notes, and the statistics of the layers of a stage. */
async function trained(stages: unknown[], dataset = waves(40), options: Partial<OptimizeOptions> = {}) {
  const outDir = scratch();
  const notes: string[] = [];
  const config = { ...common, recipe: { stages } } as OptimizeOptions['config'];
  const onEvent = ({ type, message }: ProgressEvent) => void (type === 'note' && notes.push(message!));
  const results = await optimize({ config, dataset, network, outDir, onEvent, ...options });
  const layers = (i: number) =>
    new Map(
      weightStatistics(readModel(fs.readFileSync(path.join(outDir, results[i]!.tflite)))).map((one) => [
        one.name.replace('/weights', ''),
        one,
      ]),
    );
  return { results, notes, layers };
}

describe('constraints of stages that follow one another', () => {
  it('a codebook that goes on gets a code for zeros when the stage prunes', async () => {
    const { layers } = await trained([
      first,
      { name: 'clustered', from: 'base', ...training, constraints: [{ type: 'cluster', clusters: 2 }] },
      {
        name: 'pruned',
        from: 'clustered',
        ...training,
        constraints: [
          { type: 'sparsity', target: 0.5 },
          { type: 'cluster', clusters: 2 },
        ],
      },
    ]);
    for (const { distinct, zeroFraction } of layers(2).values()) {
      expect(distinct).toBeLessThanOrEqual(2);
      expect(zeroFraction).toBeGreaterThanOrEqual(0.5);
    }
  });

  it.each(['layer', 'channel', 'float'])(
    'trained centroids (%s) stay once they are frozen',
    async (codebook) => {
      const clusters = { type: 'cluster', clusters: 4, codebook, centroids: 'gradient-sum', freezeAt: 0.5 };
      const clustered = { name: 'clustered', from: 'base', ...training, epochs: 8, constraints: [clusters] };
      const before = tf.memory().numTensors;
      const { layers, results } = await trained([first, clustered]); // frozen for the last 12 of 32 steps
      expect(tf.memory().numTensors).toBe(before);
      expect(results[1]!.steps).toBe(32);
      for (const { distinctPerChannelMax } of layers(1).values())
        expect(distinctPerChannelMax).toBeLessThanOrEqual(4);
    },
  );

  it('a global budget is that of its own layers, beside those with a target or zeros of their own', async () => {
    const { layers } = await trained([
      first,
      {
        name: 'pruned',
        from: 'base',
        ...training,
        constraints: [
          { type: 'preserve-sparsity' },
          { type: 'sparsity', target: 0.6, scope: 'global', layers: ['a', 'b'] },
          { type: 'sparsity', target: 0.25, layers: ['fc'] },
        ],
      },
    ]);
    const [a, b, fc] = ['a', 'b', 'fc'].map((name) => layers(1).get(name)!);
    expect(fc!.zeros).toBe(4);
    expect(a!.zeros + b!.zeros).toBe(Math.ceil(0.6 * (a!.elements + b!.elements)));
  });
});

describe('a stage without training', () => {
  it('that clusters layers with negative gammas computes the same function', async () => {
    const dataset = waves(40);
    const graph: Graph = network({ shape: [6, 6, 1], classes: 2 });
    const slots = parameterSlots(graph);
    const values = initialParameters(graph, slots, 1);
    const node = slots[0]!.node;
    slotValues(values, findSlot(slots, node, 'gamma')).fill(-3);
    slotValues(values, findSlot(slots, node, 'beta')).fill(0.5);
    const config = parseConfig({ ...common, model: { name: 'own' } });
    const run = (constraints: unknown[], start: Pick<RunContext, never> & Record<string, unknown>) => {
      const parsed = parseConfig({
        ...common,
        recipe: { stages: [{ name: 'still', epochs: 0, learningRate: 1, constraints }] },
      });
      const spec = (parsed.recipe as { stages: Parameters<typeof runStage>[1][] }).stages[0]!;
      const context: RunContext = {
        config,
        dataset,
        graph,
        slots,
        outDir: scratch(),
        packedBytes: undefined,
        codeLengths: undefined,
        run: 'run',
        stages: [spec],
        emit: () => {},
        signal: undefined,
        augment: undefined,
      };
      return runStage(context, spec, 0, start as unknown as Parameters<typeof runStage>[3]);
    };
    const empty = { moments: new Map(), constraints: new Map(), teacher: null };
    const float = await run([], { ...empty, values });
    const clustered = await run([{ type: 'cluster', clusters: 64 }], { ...float, teacher: null });
    const outputs = [float, clustered].map(({ values, moments }) => {
      const layers = floatLayers(graph, { slots, values, moments });
      return predict(graph, layers, new Map([['input', dataset.test.x as Float32Array]]), 20)[0]!;
    });
    outputs[1]!.forEach((value, i) => expect(value).toBeCloseTo(outputs[0]![i]!, 1));
  });
});

describe('early stop', () => {
  const earlyStop = { patience: 2, minDelta: 0, heldOut: 0.2 };
  it('goes by held-out examples also where they are fewer than a batch', async () => {
    const stage = { ...first, epochs: 12, earlyStop: { ...earlyStop, minDelta: 1e-9 } };
    const { results, notes } = await trained([stage], waves(40)); // 8 are held out, a batch has 10
    expect(notes.join()).not.toMatch(/NaN/);
    expect(results[0]!.steps).toBeGreaterThan(3 * 3);
  });

  it('does not come before zeros that come late and at once', async () => {
    const pruned = {
      name: 'pruned',
      from: 'base',
      ...training,
      epochs: 20,
      earlyStop: { ...earlyStop, minDelta: 1e9 },
      constraints: [{ type: 'sparsity', target: 0.5, rampStart: 0.8, schedule: 'constant' }],
    };
    const { results } = await trained([first, pruned]);
    expect(results[1]!.steps).toBeGreaterThanOrEqual(0.8 * 20 * 3);
  });
});

it('freezes no statistics of a network without batch normalization', async () => {
  const dataset = waves(40);
  let reads = 0;
  const y = new Proxy(dataset.train.y, {
    get: (target, key) => {
      if (typeof key === 'string' && /^\d+$/.test(key)) reads++;
      const value = Reflect.get(target, key, target) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const plain: NetworkFactory = ({ shape, classes }) => {
    const net = new GraphBuilder('plain', shape);
    net.dense('fc', { units: classes });
    return net.build();
  };
  const stage = { ...first, freezeBatchNorm: 0 };
  await trained([stage], { ...dataset, train: { ...dataset.train, y } }, { network: plain });
  expect(reads).toBeLessThan(3 * 80); // 80 are trained on
});
