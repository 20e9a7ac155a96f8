// Failures of TFMOT that its users report or that we measured (docs/design/optimizer.md), one test each, so that they do not become
// ours. What its issue numbers are is told there.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Dataset } from '@weightfold/datasets';
import { readModel, typedData, type WeightStatistics, weightStatistics } from '@weightfold/tflite';
import { beforeAll, expect } from 'vitest';
import { describeOnData, itOnData as it, scratch, smallConfig, smallFashion } from '../test/data.js';
import { parseConfig } from './config.js';
import { importModel } from './import/import.js';
import { optimize } from './optimize.js';
import type { ProgressEvent, StageResult } from './run/events.js';
import { RunFolder } from './run/folder.js';
import { loadNetwork } from './run/network.js';
import { loadStage, stateFile } from './run/state.js';
import { slotValues } from './training/parameters.js';

const fineTuning = { epochs: 1, learningRate: 1e-3 };
const preserve = { type: 'preserve-sparsity' };
const cluster = { type: 'cluster', clusters: 8 };
const quantize = { type: 'quantize' };

const tree = [
  { name: 'base', epochs: 3, learningRate: 2e-3 },
  { name: 'clustered', from: 'base', constraints: [cluster] },
  { name: 'cqat', from: 'clustered', constraints: [cluster, quantize] },
  { name: 'pruned', from: 'base', constraints: [{ type: 'sparsity', target: 0.5, depthwise: true }] },
  { name: 'pcqat', from: 'pruned', constraints: [preserve, { ...cluster, clusters: 255 }, quantize] },
  {
    name: 'by-channel',
    from: 'base',
    constraints: [
      { ...cluster, codebook: 'channel' },
      { ...cluster, codebook: 'channel', clusters: 10, layers: ['*_dw'] },
      quantize,
    ],
  },
  { name: 'nothing-to-preserve', from: 'base', constraints: [preserve, cluster] },
  { name: 'ranges', from: 'base', epochs: 0, constraints: [quantize] },
].map((stage) => ({ ...fineTuning, ...stage }));
const config = parseConfig({
  ...smallConfig,
  model: { ...smallConfig.model, dropout: 0.5 },
  recipe: { stages: tree },
});

describeOnData('what fails in TFMOT', () => {
  let dataset: Dataset;
  let outDir: string;
  let stages: Map<string, StageResult>;
  const notes: string[] = [];
  const layersOf = (name: string) => stages.get(name)!.layers;
  const isPointwise = ({ op, shape }: WeightStatistics) => op === 'CONV_2D' && shape[1] === 1;
  const isDepthwise = ({ op }: WeightStatistics) => op === 'DEPTHWISE_CONV_2D';

  beforeAll(async () => {
    dataset = await smallFashion(400, 200);
    outDir = scratch();
    const onEvent = ({ type, stage, message }: ProgressEvent) => {
      if (type === 'note') notes.push(`${stage}: ${message}`);
    };
    const finished = await optimize({ config, dataset, outDir, onEvent });
    stages = new Map(finished.map((stage) => [stage.name, stage]));
  }, 120_000);

  it('1: quantization-aware training keeps the clusters of every layer', () => {
    for (const layer of layersOf('cqat').filter((one) => !isDepthwise(one)))
      expect(layer.distinct).toBeLessThanOrEqual(8);
  });

  it('2: no layer loses all its weights, and one with fewer weights than clusters is left out, with a message', () => {
    for (const { zeroFraction } of layersOf('pcqat').filter(isPointwise)) {
      expect(zeroFraction).toBeGreaterThanOrEqual(0.49);
      expect(zeroFraction).toBeLessThan(0.7);
    }
    expect(notes).toContain(
      'by-channel: b1_dw: not clustered, it has 9 weights in each channel for 10 clusters',
    );
  });

  it('3: batch normalization and dropout go on while a whole model is clustered', async () => {
    const network = await loadNetwork(config, dataset);
    const { fingerprint, close } = await RunFolder.open(outDir, config, dataset, network, {
      fresh: false,
      augmented: false,
    });
    close();
    const [base, clustered] = ['base', 'clustered'].map(
      (name) => loadStage(stateFile(outDir, name), fingerprint)!.values,
    ) as [Float32Array, Float32Array];
    for (const slot of network.slots.filter(({ kind }) => kind === 'gamma' || kind === 'beta'))
      expect(slotValues(clustered, slot)).not.toEqual(slotValues(base, slot));
    const withDropout = async (dropout: number) => {
      const [first, second] = tree;
      const recipe = {
        stages: [
          { ...first, epochs: 0 },
          { ...second, examples: 100 },
        ],
      };
      const other = parseConfig({ ...smallConfig, model: { ...smallConfig.model, dropout }, recipe });
      return (await optimize({ config: other, dataset, outDir: scratch() }))[1]!.sha256;
    };
    expect(await withDropout(0)).not.toBe(await withDropout(0.5));
  });

  it('4: clustering by channel works for convolutions without a bias', () => {
    for (const layer of layersOf('by-channel').filter(isPointwise)) {
      expect(layer.distinctPerChannelMax).toBeLessThanOrEqual(8);
      expect(layer.distinct).toBeGreaterThan(8);
    }
  });

  it('5: zeros stay zeros in every stage behind pruning, and a layer without zeros is no reason to stop that', () => {
    const zeros = (name: string) =>
      layersOf(name)
        .filter((one) => !isDepthwise(one))
        .map((layer) => layer.zeros);
    const [pruned, pcqat] = [zeros('pruned'), zeros('pcqat')];
    pcqat.forEach((count, i) => void expect(count).toBeGreaterThanOrEqual(pruned[i]!));
    const model = readModel(fs.readFileSync(path.join(outDir, stages.get('nothing-to-preserve')!.tflite)));
    for (const layer of weightStatistics(model).filter(isPointwise)) {
      const codes = typedData(model, model.subgraphs[0]!.tensors[layer.tensorIndex]!) as Int8Array;
      expect(new Set([...codes, 0]).size).toBeLessThanOrEqual(8); // zero has a code of its own, used or not
    }
  });

  it('6: batch normalization anywhere and nested models are taken', async () => {
    const file = fileURLToPath(new URL('../test/keras/images3.keras', import.meta.url));
    const { graph } = await importModel(file);
    expect(graph.nodes.map(({ op }) => op)).toEqual(expect.arrayContaining(['MUL', 'ADD']));
  });

  it('7: ranges are calibrated before training begins, and statistics are estimated after it', () => {
    const { tensors } = readModel(fs.readFileSync(path.join(outDir, stages.get('ranges')!.tflite)))
      .subgraphs[0]!;
    const scale = tensors.find(({ name }) => name === 'input')!.quantization!.scale![0]!;
    expect(scale).toBeCloseTo(1 / 255, 6); // pixels are in [0, 1]: not the ±6 of a start without data
    // After 60 steps moving averages with a decay of 0.99 would still hold half of their start: then 9 % are right, of 10 classes.
    expect(stages.get('base')!.accuracyFloat).toBeGreaterThan(30);
  });

  it('8: depthwise layers are pruned where that is asked for', () => {
    for (const { zeros, elements } of layersOf('pruned').filter(isDepthwise))
      expect(zeros).toBeGreaterThanOrEqual(Math.floor(elements / 2));
  });

  it('9: zeros and codes make files that a packer can make smaller', () => {
    const entropyBytes = (name: string) =>
      layersOf(name)
        .filter((one) => !isDepthwise(one))
        .reduce((sum, { entropyBits, elements }) => sum + (entropyBits * elements) / 8, 0);
    expect(entropyBytes('clustered')).toBeLessThan(0.45 * entropyBytes('base'));
    expect(entropyBytes('pruned')).toBeLessThan(0.7 * entropyBytes('base'));
  });

  it('10: a run that is given again gives its stages again, and its seed is in its fingerprint', async () => {
    const again = await optimize({ config, dataset, outDir });
    expect(again.map(({ sha256 }) => sha256)).toEqual([...stages.values()].map(({ sha256 }) => sha256));
    await expect(optimize({ config: { ...config, seed: 2 }, dataset, outDir })).rejects.toThrow(/another/);
  });
});
