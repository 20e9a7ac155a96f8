import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { itOnData, shared } from '../../test/data.js';
import { parameterCount, parameterSlots } from '../training/parameters.js';
import { weightedNodes } from './graph.js';
import { buildGraph, dsCnn, mobileNetV1 } from './models.js';

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

it('refuses examples that are no images', () => {
  const model = { name: 'mobilenet-v1', alpha: 0.25, dropout: 0 } as const;
  expect(() => buildGraph(model, [784], 10)).toThrow(/\[height, width, channels\] but received \[784\]/);
});
