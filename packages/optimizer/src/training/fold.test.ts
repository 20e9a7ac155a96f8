import { atOnce } from '@weightfold/base';
import type { Dataset } from '@weightfold/datasets';
import { describe, expect, it } from 'vitest';
import { describeOnData, smallFashion } from '../../test/data.js';
import { LayerConstraints } from '../constraints/layer-constraints.js';
import { type Graph, type WeightedNode, weightedNodes } from '../graph/graph.js';
import { dsCnn } from '../graph/models.js';
import { randomFor } from '../random.js';
import { type Tensor, tf } from '../tf.js';
import { dequantizeLayer, foldLayer, quantizeLayer, type TrainedState } from './fold.js';
import { makeGammasPositive } from './gammas.js';
import { inferenceForward, layerTensors, trainingForward } from './network.js';
import { findSlot, initialParameters, type ParameterKind, parameterSlots, slotValues } from './parameters.js';
import { Trainer, type TrainerOptions } from './trainer.js';

const graph: Graph = dsCnn({
  inputShape: [28, 28, 1],
  classes: 10,
  size: 'S',
  dropout: 0,
  firstDropout: 0,
});
const nodes = weightedNodes(graph);
const slots = parameterSlots(graph);

/** Parameters with offsets, and gammas of both signs, as training may leave them. */
function parameters(): Float32Array {
  const values = initialParameters(graph, slots, 3);
  const random = randomFor('fold.test');
  for (const slot of slots.filter(({ kind }) => kind !== 'weights')) {
    const array = slotValues(values, slot);
    for (let i = 0; i < array.length; i++)
      array[i] = slot.kind === 'gamma' ? 1 + random.normal() : random.normal() * 0.3;
  }
  return values;
}

const unconstrained = () =>
  new Map(nodes.map((node) => [node, LayerConstraints.of(node, [], { perChannelDense: false }, () => {})]));

function logits(state: TrainedState, x: Tensor): Float32Array {
  const layers = layerTensors([...unconstrained().values()].map((layer) => foldLayer(state, layer)));
  const values = inferenceForward(graph, new Map([['input', x]]), (node) => layers.get(node)!, ['fc']);
  return values.get('fc')!.dataSync() as Float32Array;
}

function expectSame(actual: Float32Array, expected: Float32Array, tolerance: number): void {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const off = actual.map((value, i) => Math.abs(value - expected[i]!) / largest);
  expect(off.reduce((most, value) => Math.max(most, value), 0)).toBeLessThan(tolerance);
}

describeOnData('batch normalization', () => {
  const batchSize = 100;
  let loaded: Promise<Dataset> | undefined;

  async function trained(): Promise<{
    state: TrainedState;
    x: Tensor;
    options: TrainerOptions;
    values: Float32Array;
  }> {
    loaded ??= smallFashion(batchSize, 10);
    const dataset = await loaded;
    const values = parameters();
    const options: TrainerOptions = {
      graph,
      dataset,
      slots,
      constraints: unconstrained(),
      teacher: null,
      activations: null,
      steer: null,
      augment: null,
      objective: 'classification',
      stage: 'test',
      seed: 1,
      batchSize,
      examplesPerEpoch: batchSize,
      steps: 1,
      heldOut: 0,
      optimizer: { name: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
      freezeBatchNorm: null,
      momentBatches: 1,
      learningRate: 1e-3,
      schedule: 'constant',
      warmup: 0,
    };
    const trainer = new Trainer(options, { values, ranges: new Map() });
    const state = { slots, values, moments: atOnce(trainer.estimateMoments(1)) };
    const x = tf.tensor(
      Float32Array.from(dataset.train.x, (v) => v / 255),
      [batchSize, 28, 28, 1],
    );
    return { state, x, options, values };
  }

  it('folded into weights and bias gives what training gives for a batch with those statistics', async () => {
    const { state, x, options, values } = await trained();
    const parameter = (node: WeightedNode, kind: ParameterKind) => {
      const slot = findSlot(slots, node, kind);
      return tf.tensor(slotValues(values, slot), slot.shape);
    };
    const expected = trainingForward(graph, x, {
      parameter,
      weights: (node) => options.constraints.get(node)!.project(parameter(node, 'weights')),
      dropoutMask: null,
    }).dataSync() as Float32Array;
    expectSame(logits(state, x), expected, 1e-4);
  });

  it('gives the same function when gammas are made positive', async () => {
    const { state, x } = await trained();
    const before = logits(state, x);
    const values = state.values.slice();
    const moments = new Map([...state.moments].map(([name, m]) => [name, { ...m, mean: m.mean.slice() }]));
    const gammas = () =>
      slots.filter(({ kind }) => kind === 'gamma').flatMap((slot) => [...slotValues(values, slot)]);
    expect(gammas().some((gamma) => gamma < 0)).toBe(true);
    makeGammasPositive(nodes, slots, values, moments);
    expect(gammas().every((gamma) => gamma > 0)).toBe(true);
    expectSame(logits({ slots, values, moments }, x), before, 2e-3); // gammas below 1e-3 are raised to it
  });

  it('multiplies scales only: codes are those of the weights before folding', async () => {
    const { state } = await trained();
    for (const node of nodes) {
      const layer = LayerConstraints.of(
        node,
        [{ type: 'quantize', layers: null, bits: 8, ranges: 'moving-average' }],
        { perChannelDense: false },
        () => {},
      );
      const weights = slotValues(state.values, findSlot(slots, node, 'weights'));
      const unfolded = layer.encode(weights).codes;
      const folded = quantizeLayer(state, layer);
      expect(folded.codes.map(Math.abs)).toEqual(unfolded.map(Math.abs));
      const { weights: real } = dequantizeLayer(folded);
      const { weights: float } = foldLayer(
        state,
        LayerConstraints.of(node, [], { perChannelDense: false }, () => {}),
      );
      const far = real.filter(
        (w, i) => Math.abs(w - float[i]!) > folded.scales[i % folded.scales.length]! * 0.5001,
      );
      expect(far).toEqual(new Float32Array(0));
    }
  });
});

describe('initialParameters', () => {
  it('stays within the Glorot limits and depends on the seed', () => {
    const values = initialParameters(graph, slots, 3);
    const first = slotValues(values, slots[0]!); // 10×4 kernel, 1 → 64 channels
    const limit = Math.sqrt(6 / (40 * 65));
    const largest = Math.max(...first.map(Math.abs));
    expect(largest).toBeLessThanOrEqual(limit);
    expect(largest).toBeGreaterThan(0.98 * limit);
    expect(initialParameters(graph, slots, 3)).toEqual(values);
    expect(initialParameters(graph, slots, 4)).not.toEqual(values);
  });
});
