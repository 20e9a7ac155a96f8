import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Dataset, Split } from '@weightfold/datasets';
import { readModel, weightStatistics } from '@weightfold/tflite';
import { describe, expect, it } from 'vitest';
import { scratch } from '../test/data.js';
import {
  constraints,
  GraphBuilder,
  loadRunModel,
  type NetworkFactory,
  optimize,
  parseConfig,
  recipes,
} from './index.js';
import { tf } from './tf.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

describe('docs/examples/optimize.ts', () => {
  it('runs as a user runs it, learns, and keeps what its constraints promise', () => {
    const dir = scratch();
    const run = () =>
      spawnSync('npm', ['run', '--silent', 'example', '--', dir], {
        cwd: root,
        encoding: 'utf8',
        timeout: 100_000,
      });
    const { status, stdout, stderr } = run();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const accuracies = [...stdout.matchAll(/^(base|small): ([\d.]+) %/gm)].map((found) => Number(found[2]));
    expect(accuracies.length).toBe(2);
    for (const accuracy of accuracies) expect(accuracy).toBeGreaterThan(90); // 25 by chance
    const layers = weightStatistics(readModel(fs.readFileSync(path.join(dir, '02-small/model.tflite'))));
    const of = (name: string) => layers.find((layer) => layer.name === `${name}/weights`)!;
    for (const name of ['stem', 'pw', 'wide', 'fc']) expect(of(name).distinct).toBeLessThanOrEqual(8);
    for (const name of ['pw', 'wide']) expect(of(name).zeroFraction).toBeGreaterThanOrEqual(0.5);
    expect(of('dw').distinct).toBeGreaterThan(8);
    expect(run().stdout).toBe(stdout); // a finished run again
  });
});

const split = (count: number): Split => ({
  count,
  shape: [4, 4, 1],
  x: Float32Array.from({ length: 16 * count }, (_, i) => Math.sin(i)),
  xScale: 1,
  y: Int32Array.from({ length: count }, (_, i) => i % 2),
});
const provenance = { source: 'made here', licence: 'none', files: [] };
const dataset: Dataset = { name: 'sines', classes: 2, train: split(40), test: split(20), provenance };
const network: NetworkFactory = ({ shape, classes }) => {
  const net = new GraphBuilder('one', shape);
  net.dense('fc', { units: classes });
  return net.build();
};
const short = { epochs: 1, learningRate: 1e-2 };
const config = { schemaVersion: 1, batchSize: 10, recipe: 'base', baseTraining: short } as const;

describe('optimize called by a program', () => {
  it('fills in defaults; a network of one’s own is part of what identifies the run', async () => {
    const outDir = scratch();
    await optimize({ config, dataset, network, outDir });
    const resolved = JSON.parse(fs.readFileSync(path.join(outDir, 'config.resolved.json'), 'utf8'));
    expect(resolved).toEqual(parseConfig({ ...config, model: { name: 'own' } }));
    const wider: NetworkFactory = ({ shape, classes }) => {
      const net = new GraphBuilder('one', shape);
      net.dense('wide', { units: 5, activation: 'RELU' });
      net.dense('fc', { units: classes });
      return net.build();
    };
    const again = optimize({ config, dataset, network: wider, outDir });
    await expect(again).rejects.toMatchObject({ code: 'OTHER_RUN' });
    const [stage] = await optimize({ config, dataset, network: wider, outDir, fresh: true });
    expect(stage!.layers.map(({ name }) => name)).toEqual(['wide/weights', 'fc/weights']);
  });

  it('refuses two networks, none, and one that does not fit', async () => {
    const run = (options: object) => optimize({ config, dataset, outDir: scratch(), ...options });
    const named = { ...config, model: { name: 'resnet-8' } };
    await expect(run({ config: named, network })).rejects.toThrow(/a network or a model but received both/);
    await expect(run({ config: { ...config, model: { name: 'own' } } })).rejects.toThrow(
      /optimize\({|built by/,
    );
    const narrow: NetworkFactory = ({ shape }) => network({ shape, classes: 3 });
    await expect(run({ network: narrow })).rejects.toThrow(
      /one: expected outputs of shape \[2\].* but received \[3\]/,
    );
    await expect(run({ config: { ...config, batchSzie: 3 }, network })).rejects.toThrow(
      /batchSzie.*batchSize/,
    );
  });
});

describe('data of a program', () => {
  const run = (data: Dataset, outDir = scratch()) => optimize({ config, dataset: data, network, outDir });

  it('identify the run by what they are, where no files stand for them', async () => {
    const outDir = scratch();
    await run(dataset, outDir);
    const { train } = dataset;
    const others: Dataset[] = [
      { ...dataset, train: { ...train, x: (train.x as Float32Array).map((x) => -x) } },
      { ...dataset, train: { ...train, y: train.y.map((y) => 1 - y) } },
      { ...dataset, train: { ...train, xScale: 2 } },
      { ...dataset, features: { name: 'others', mean: null, deviation: null } },
    ];
    for (const other of others) await expect(run(other, outDir)).rejects.toMatchObject({ code: 'OTHER_RUN' });
    await expect(run({ ...dataset }, outDir)).resolves.toHaveLength(1);
  });

  it('that do not fit themselves are refused, and what does not fit is named', async () => {
    const { train, test } = dataset;
    const wrong: [Partial<Dataset>, RegExp][] = [
      [
        { train: { ...train, count: 0, x: new Float32Array(0), y: new Int32Array(0) } },
        /train.*at least one/,
      ],
      [{ train: { ...train, x: train.x.subarray(1) } }, /train.*640 values.* but received 639/],
      [{ test: { ...test, y: test.y.subarray(1) } }, /test.*20 labels but received 19/],
      [{ test: { ...test, shape: [16, 1, 1] } }, /test.*shape \[4,4,1\].* but received \[16,1,1\]/],
      [
        { train: { ...train, y: Int32Array.from(train.y, (y, i) => (i === 7 ? 2 : y)) } },
        /train, example 7.*class from 0 to 1 but received 2/,
      ],
    ];
    for (const [change, message] of wrong)
      await expect(run({ ...dataset, ...change })).rejects.toThrow(message);
  });

  it('and its network are what a run folder is opened with', async () => {
    const outDir = scratch();
    await run(dataset, outDir);
    const { graph, state } = await loadRunModel(outDir, dataset, { network });
    expect([graph.name, state.values.length]).toEqual(['one', 34]);
    await expect(loadRunModel(outDir, dataset)).rejects.toThrow(/built by a program/);
  });
});

it('an imported network identifies the run by its weights, in whatever file they are', async () => {
  const dir = scratch();
  const outDir = scratch();
  const save = (bias: number) => {
    const model = tf.sequential({
      layers: [
        tf.layers.flatten({ inputShape: [4, 4, 1] }),
        tf.layers.dense({ units: 2, activation: 'softmax' }),
      ],
    });
    model.setWeights([tf.ones([16, 2]), tf.fill([2], bias)]);
    return model.save(`file://${dir}`);
  };
  const model = { name: 'imported', file: path.join(dir, 'model.json') } as const;
  const run = () => optimize({ config: { ...config, model }, dataset, outDir });
  await save(0);
  await run();
  const json = fs.readFileSync(model.file);
  await save(1); // the weights are in a file of their own
  fs.writeFileSync(model.file, json);
  await expect(run()).rejects.toMatchObject({ code: 'OTHER_RUN' });
});

describe('constraints', () => {
  it('have their defaults, and refuse a setting that is wrong', () => {
    expect(constraints.sparsity({ target: 0.75, pattern: '1:4' })).toMatchObject({
      type: 'sparsity',
      target: 0.75,
      scope: 'layer',
      layers: null,
    });
    expect(constraints.cluster({ clusters: 16 })).toMatchObject({ type: 'cluster', init: 'best' });
    expect([constraints.preserveSparsity(), constraints.quantize()].map(({ type }) => type)).toEqual([
      'preserve-sparsity',
      'quantize',
    ]);
    expect(() => constraints.cluster({ clusters: 1 })).toThrow(/clusters/);
    expect(() => constraints.sparsity({ target: 0.5, patern: '2:4' } as never)).toThrow(/patern/);
  });

  it('are what recipes are made of', () => {
    expect(recipes.pcqat).toEqual(['base', 'pruned', 'sparse-clustered', 'pcqat']);
  });
});
