import type { Dataset, Split } from '@weightfold/datasets';
import { tfmotFile } from '@weightfold/test-support';
import { readModel, weightStatistics } from '@weightfold/tflite';
import { beforeAll, describe, expect, it } from 'vitest';
import { digits, itOnData, scratch } from '../../test/data.js';
import { parseConfig } from '../config.js';
import { resNet8 } from '../graph/models.js';
import { importModel } from '../import/import.js';
import type { ImportedModel } from '../import/imported-model.js';
import { optimize } from '../optimize.js';
import { randomFor } from '../random.js';
import { loadRunModel } from '../run/run-model.js';
import { tf } from '../tf.js';
import { dequantizeLayer } from '../training/fold.js';
import { initialParameters, parameterSlots } from '../training/parameters.js';
import { floatLayers, predict } from '../training/predict.js';
import { measureChanges } from './measure.js';
import { scanSensitivity } from './scan.js';
import { int8, parseTechnique } from './technique.js';
import { type LayerVariant, layerVariants } from './variants.js';

/** A network with branches, and random examples for it. */
function branches(): { model: ImportedModel; dataset: Dataset } {
  const graph = resNet8({ inputShape: [8, 8, 2], classes: 3 });
  const slots = parameterSlots(graph);
  const values = initialParameters(graph, slots, 3);
  const random = randomFor('branches');
  for (const slot of slots.filter(({ kind }) => kind !== 'weights'))
    for (let i = 0; i < slot.size; i++) values[slot.offset + i]! += random.normal() / 2;
  const channels = (name: string) =>
    slots.find(({ node, kind }) => node.name === name && kind === 'gamma')!.size;
  const moments = new Map(
    graph.nodes
      .filter((node) => 'batchNorm' in node && node.batchNorm)
      .map(({ name }) => [
        name,
        { mean: new Float32Array(channels(name)), variance: new Float32Array(channels(name)).fill(1) },
      ]),
  );
  const split = (count: number): Split => ({
    count,
    shape: [8, 8, 2],
    x: Float32Array.from({ length: count * 128 }, () => random.normal()),
    xScale: 1,
    y: Int32Array.from({ length: count }, () => random.integer(3)),
  });
  const provenance = { source: 'random', licence: 'none', files: [] };
  const dataset = { name: 'random', classes: 3, train: split(130), test: split(20), provenance };
  return { model: { graph, state: { slots, values, moments } }, dataset };
}

describe('measuring a network of which a layer is changed', () => {
  const { model, dataset } = branches();
  const { graph, state } = model;
  const float = floatLayers(graph, state);
  const techniques = ['prune-70', 'cluster-4'].map(parseTechnique);
  let variants: LayerVariant[];
  beforeAll(async () => {
    variants = await layerVariants(model, techniques, { seed: 1, perChannelDense: false });
  });
  const { train } = dataset;
  const sample = { split: train, indices: Uint32Array.from({ length: train.count }, (_, i) => i) };

  /** Loss and accuracy by the whole network's logits and plain arithmetic. */
  function whole(replaced: typeof float): { loss: number; accuracy: number } {
    const layers = float.map((layer) => replaced.find(({ node }) => node === layer.node) ?? layer);
    const [probabilities] = predict(
      graph,
      layers,
      new Map([['input', train.x as Float32Array]]),
      train.count,
    );
    let [loss, right] = [0, 0];
    train.y.forEach((label, i) => {
      const own = probabilities!.subarray(3 * i, 3 * i + 3);
      loss -= Math.log(own[label]!);
      if (own.indexOf(Math.max(...own)) === label) right++;
    });
    return { loss: loss / train.count, accuracy: (100 * right) / train.count };
  }

  it('gives what the whole network gives, through branches and over batches', async () => {
    const before = tf.memory().numTensors;
    const pair = variants.filter(({ technique }) => technique === 'cluster-4').slice(2, 5);
    const changes = [...variants.map(({ layer }) => [layer]), pair.map(({ layer }) => layer)];
    const [base, ...changed] = await measureChanges(graph, float, changes, sample);
    expect(base!.loss).toBeCloseTo(whole([]).loss, 4);
    changes.forEach((layers, i) => {
      const { loss, accuracy } = whole(layers.map(dequantizeLayer));
      expect(changed[i]!.loss).toBeCloseTo(loss, 4);
      expect(changed[i]!.accuracy).toBeCloseTo(accuracy, 8);
    });
    expect(new Set(changed.map(({ loss }) => loss)).size).toBe(changes.length);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('holds each layer to what the technique says', () => {
    expect(variants.length).toBe(3 * float.length);
    for (const { technique, layer } of variants) {
      const zeros = layer.codes.filter((code) => code === 0).length;
      if (technique === 'prune-70')
        expect(zeros).toBeGreaterThanOrEqual(Math.floor(0.7 * layer.codes.length));
      if (technique === 'cluster-4') expect(new Set(layer.codes).size).toBeLessThanOrEqual(4); // also where gammas are negative
    }
  });

  it('stops at a signal and leaves no tensors behind', async () => {
    const before = tf.memory().numTensors;
    const stop = new AbortController();
    const reason = new Error('stopped by the test');
    const onProgress = (what: string, done: number) => {
      if (what === 'measuring' && done === 5) stop.abort(reason);
    };
    const scan = scanSensitivity(model, dataset, { onProgress, signal: stop.signal });
    await expect(scan).rejects.toBe(reason);
    expect(tf.memory().numTensors).toBe(before);
    await expect(scanSensitivity(model, dataset, { signal: stop.signal })).rejects.toBe(reason);
  });

  it('takes a coded size that is given, refuses data and techniques that do not fit', async () => {
    const given: string[] = [];
    const codedBytes = (tflite: Uint8Array) => {
      const [statistics, ...others] = weightStatistics(readModel(tflite));
      expect(others).toEqual([]);
      given.push(`${statistics!.name} ${statistics!.elements} ${statistics!.distinct <= 4}`);
      return 7;
    };
    const options = {
      techniques: ['cluster-4', 'int8', 'cluster-4'],
      codedBytes,
      targetBytes: 7 * float.length,
    };
    const { layers, plan } = await scanSensitivity(model, dataset, options);
    expect(layers.every(({ effects }) => effects.every(({ bytes }) => bytes === 7))).toBe(true);
    expect(plan!.bytes).toBe(7 * float.length);
    const wanted = layers.flatMap(({ name, weights }) =>
      [false, true].map((clustered) => `${name}/weights ${weights} ${clustered}`),
    );
    expect(given).toEqual(wanted);
    const small = { ...options, targetBytes: 7 * float.length - 1 };
    await expect(scanSensitivity(model, dataset, small)).rejects.toMatchObject({ code: 'BUDGET_TOO_SMALL' });
    await expect(scanSensitivity(model, { ...dataset, classes: 4 })).rejects.toThrow(
      /outputs of shape \[4\].*received.*\[3\]/,
    );
    await expect(scanSensitivity(model, dataset, { techniques: ['x'] })).rejects.toThrow(/x is no technique/);
  });
});

describe('a scan of DS-CNN-S', () => {
  const network = {
    name: 'imported',
    file: tfmotFile('dscnn_s_architecture.json'),
    weights: tfmotFile('dscnn_s_base.weights.h5'),
  };
  const options = { techniques: ['prune-50', 'cluster-8', 'cluster-4', 'prune-50+cluster-8'], examples: 300 };

  itOnData('suggests a plan that loses less than all layers alike with as many bytes', async () => {
    const model = await importModel(network.file, network);
    const dataset = digits();
    const { uniform } = await scanSensitivity(model, dataset, { ...options, techniques: ['cluster-4'] });
    const targetBytes = uniform[1]!.bytes;
    const scan = await scanSensitivity(model, dataset, { ...options, targetBytes });
    expect(scan.plan!.bytes).toBeLessThanOrEqual(targetBytes);
    expect(scan.plan!.loss).toBeLessThan(uniform[1]!.loss / 2);
    expect(new Set(Object.values(scan.plan!.layers)).size).toBeGreaterThan(1);
    expect(await scanSensitivity(model, dataset, { ...options, targetBytes })).toEqual(scan);
    const depthwise = scan.layers.find(({ op }) => op === 'DEPTHWISE_CONV_2D')!;
    expect(depthwise.effects.map(({ technique }) => technique)).toEqual([int8.name, ...options.techniques]);
  });

  itOnData('takes the float stage of a run folder, and no other', async () => {
    const dataset = digits();
    const quick = { epochs: 1, examples: 50, learningRate: 2e-4 };
    const training = {
      baseTraining: quick,
      fineTuning: quick,
      batchSize: 50,
      recipe: 'prune',
      momentBatches: 1,
    };
    const outDir = scratch();
    const config = parseConfig({ schemaVersion: 1, model: network, ...training });
    await optimize({ config, dataset, outDir });
    const imported = await importModel(network.file, network);
    const model = await loadRunModel(outDir, dataset);
    expect(model.state).toEqual(imported.state);
    await expect(loadRunModel(outDir, dataset, { stage: 'pruned' })).rejects.toThrow(
      /pruned, held to sparsity/,
    );
    await expect(loadRunModel(outDir, dataset, { stage: 'cqat' })).rejects.toThrow(
      /one of its stages, base, pruned but/,
    );
    await expect(loadRunModel(scratch(), dataset)).rejects.toThrow(/is no run folder/);
    const other = { ...dataset, test: { ...dataset.test, count: 100 } };
    await expect(loadRunModel(outDir, other)).rejects.toMatchObject({ code: 'OTHER_RUN' });
  });
});
