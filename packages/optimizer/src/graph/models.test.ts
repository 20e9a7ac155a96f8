import fs from 'node:fs';
import path from 'node:path';
import { needing } from '@weightfold/test-support';
import { describe, expect, it } from 'vitest';
import { itOnData, shared } from '../../test/data.js';
import { importModel } from '../import/import.js';
import { parameterCount, parameterSlots, weightShape } from '../training/parameters.js';
import { type Graph, outputChannels, weightedNodes } from './graph.js';
import { autoencoder, buildGraph, dsCnn, mobileNetV1, resNet8 } from './models.js';
import { shapesOf } from './shapes.js';

/** What a Keras architecture (model.to_json()) says of a layer, as far as our graph says it too. */
interface KerasLayer {
  class_name: string;
  config: {
    name: string;
    filters?: number;
    units?: number;
    kernel_size?: number[];
    strides?: number[];
    padding?: string;
    rate?: number;
  };
}

const keras = (name: string): KerasLayer[] =>
  JSON.parse(fs.readFileSync(path.join(shared, 'tfmot', `${name}_architecture.json`), 'utf8')).config.layers;

const networks = {
  mobilenet025: mobileNetV1({ inputShape: [28, 28, 1], classes: 10, alpha: 0.25, dropout: 0.1 }),
  dscnn_s: dsCnn({ inputShape: [49, 10, 1], classes: 10, size: 'S', dropout: 0.3, firstDropout: 0.2 }),
};

describe.each(Object.entries(networks))('%s', (name, graph) => {
  itOnData('has the layers that TFMOT was measured on', () => {
    const layers = keras(name);
    const ours = weightedNodes(graph).map((node) =>
      node.op === 'FULLY_CONNECTED'
        ? [node.name, node.units]
        : [node.name, node.op === 'CONV_2D' ? node.channels : undefined, node.kernel, node.strides, 'same'],
    );
    const theirs = layers
      .filter(({ class_name }) => /Conv2D|Dense/.test(class_name))
      .map(({ class_name, config: c }) =>
        class_name === 'Dense' ? [c.name, c.units] : [c.name, c.filters, c.kernel_size, c.strides, c.padding],
      );
    expect(ours).toEqual(theirs);
  });

  itOnData('has dropout at the same places', () => {
    const ours = graph.nodes.flatMap((node, i) =>
      node.op === 'DROPOUT' ? [[graph.nodes[i - 1]!.name, node.rate]] : [],
    );
    const layers = keras(name);
    const theirs = layers.flatMap(({ class_name, config }, i) =>
      class_name === 'Dropout' ? [[layers[i - 1]!.config.name.replace(/_relu$/, ''), config.rate]] : [],
    );
    expect(ours).toEqual(theirs);
  });
});

it('lays every parameter out once', () => {
  const slots = parameterSlots(networks.mobilenet025);
  slots.forEach((slot, i) => {
    expect(slot.offset).toBe(i === 0 ? 0 : slots[i - 1]!.offset + slots[i - 1]!.size);
  });
  const channels = slots.filter(({ kind }) => kind === 'gamma').reduce((sum, { size }) => sum + size, 0);
  expect(parameterCount(slots) + 2 * channels).toBe(expectedTotal());
});

/** Parameters of MobileNet 0.25 on 28×28×1 and 10 classes, from the layer sizes of the paper's table 1. */
function expectedTotal(): number {
  const widths = [8, 16, 32, 32, 64, 64, 128, 128, 128, 128, 128, 128, 256, 256];
  const first = 9 * 8 + 4 * 8;
  const blocks = widths.slice(1).map((out, i) => {
    const into = widths[i]!;
    return 9 * into + 4 * into + into * out + 4 * out;
  });
  return first + blocks.reduce((a, b) => a + b) + 256 * 10 + 10;
}

/** Weights and biases of a network whose batch normalization is folded. */
function foldedSize(graph: Graph): number {
  const sizes = weightedNodes(graph).map(
    (node) => weightShape(node).reduce((product, n) => product * n, 1) + outputChannels(node),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

const product = (shape: number[]) => shape.reduce((all, n) => all * n, 1);

// "Hello Edge" (Zhang et al., 2017), table 7: memory for weights and activations in KB, operations (2 for each MAC) in
// millions.
it.each([
  ['S', 38.6, 5.4],
  ['M', 189.2, 19.8],
  ['L', 497.6, 56.9],
] as const)(
  'DS-CNN %s has the memory (%f KB) and operations (%f millions) of the paper',
  (size, kilobytes, operations) => {
    const graph = dsCnn({ inputShape: [49, 10, 1], classes: 12, size, dropout: 0, firstDropout: 0 });
    const shapes = shapesOf(graph);
    const [largest, next] = weightedNodes(graph)
      .filter((node) => node.op !== 'DEPTHWISE_CONV_2D') // computed where its input lies
      .map(({ name }) => product(shapes.get(name)!))
      .sort((a, b) => b - a) as [number, number];
    expect(((foldedSize(graph) + largest + next) / 1000).toFixed(1)).toBe(String(kilobytes));
    const macs = weightedNodes(graph).map(
      (node) => (product(shapes.get(node.name)!) * product(weightShape(node))) / outputChannels(node),
    );
    expect(Math.abs((2 * macs.reduce((sum, n) => sum + n, 0)) / 1e6 - operations) / operations).toBeLessThan(
      0.02,
    );
  },
);

// MLPerf Tiny's own float models, as they are published.
it.each([
  [
    'mlperf_kws01_float32',
    dsCnn({ inputShape: [49, 10, 1], classes: 12, size: 'S', dropout: 0, firstDropout: 0 }),
  ],
  ['mlperf_ic01_resnet8_fp32', resNet8({ inputShape: [32, 32, 3], classes: 10 })],
  ['mlperf_vww01_mbv1_float', mobileNetV1({ inputShape: [96, 96, 3], classes: 2, alpha: 0.25, dropout: 0 })],
  ['mlperf_ad01_fp32', autoencoder([640])],
])('has the layers of %s', needing('data'), async (name, graph) => {
  const published = (await importModel(path.join(shared, 'models', `${name}.tflite`))).graph;
  const layers = (of: Graph) => {
    const shapes = shapesOf(of);
    return weightedNodes(of).map((node) => {
      const { strides, padding } = node.op === 'FULLY_CONNECTED' ? { strides: null, padding: null } : node;
      return [node.op, weightShape(node), strides, padding, node.activation, shapes.get(node.name)];
    });
  };
  expect(layers(graph)).toEqual(layers(published));
  expect(foldedSize(graph)).toBe(foldedSize(published));
});

it('has as many parameters in the autoencoder as Keras counts in that of DCASE 2020', () => {
  const graph = autoencoder([640]);
  const normalized = weightedNodes(graph).filter(({ batchNorm }) => batchNorm);
  const channels = normalized.reduce((sum, node) => sum + outputChannels(node), 0);
  // Keras counts biases before batch normalization, too, and its moving statistics: 3 more for each channel.
  expect(parameterCount(parameterSlots(graph)) + 3 * channels).toBe(269_992);
});

it('refuses examples that are no images', () => {
  const model = { name: 'mobilenet-v1', alpha: 0.25, dropout: 0 } as const;
  expect(() => buildGraph(model, [784], 10)).toThrow(/\[height, width, channels\] but received \[784\]/);
  expect(() => buildGraph({ name: 'autoencoder' }, [28, 28, 1], 10)).toThrow(
    /\[values\] but received \[28,28,1\]/,
  );
});
