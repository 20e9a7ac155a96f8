import { describe, expect, it } from 'vitest';
import { GraphBuilder } from './builder.js';
import { resNet8 } from './models.js';
import { shapesOf } from './shapes.js';

describe('GraphBuilder', () => {
  it('builds ResNet-8 node for node', () => {
    const net = new GraphBuilder('resnet-8', [32, 32, 3]);
    let from = net.conv2d('stem', { channels: 16, kernel: 3 });
    for (const [i, channels] of [16, 32, 64].entries()) {
      const [name, strides] = [`s${i + 1}`, i === 0 ? 1 : 2];
      net.conv2d(`${name}_conv1`, { channels, kernel: 3, strides, from });
      const linear = net.conv2d(`${name}_conv2`, { channels, kernel: 3, activation: 'NONE' });
      const shortcut = {
        channels,
        kernel: 1,
        strides: 2,
        batchNorm: false,
        activation: 'NONE' as const,
        from,
      };
      const other = i === 0 ? from : net.conv2d(`${name}_shortcut`, shortcut);
      from = net.sum(name, [linear, other], 'RELU');
    }
    net.globalAveragePool('gap');
    net.dense('fc', { units: 10 });
    net.softmax('softmax');
    expect(net.build()).toEqual(resNet8({ inputShape: [32, 32, 3], classes: 10 }));
  });

  it('has a method for what else is usual, and takes any node', () => {
    const net = new GraphBuilder('many', [8, 6, 2]);
    net.depthwiseConv2d('dw', { kernel: [3, 1], multiplier: 3, padding: 'VALID' });
    const pooled = net.maxPool('max', { kernel: 2, strides: 2 });
    const mean = net.averagePool('mean', { kernel: 2, strides: 2, from: 'dw' });
    net.concatenate('both', [pooled, mean]);
    net.dropout('drop', { rate: 0.5 });
    net.add({ op: 'HARD_SWISH', name: 'swish', inputs: ['drop'] });
    net.dense('fc', { units: 7, batchNorm: true, activation: 'RELU6' });
    const shapes = shapesOf(net.build());
    const names = ['dw', 'max', 'mean', 'both', 'drop', 'swish', 'fc'];
    const expected = [[6, 6, 6], [3, 3, 6], [3, 3, 6], [3, 3, 12], [3, 3, 12], [3, 3, 12], [7]];
    expect(names.map((name) => shapes.get(name))).toEqual(expected);
  });

  it('refuses what does not fit, naming the layer', () => {
    const net = new GraphBuilder('bad', [8, 8, 1]);
    net.conv2d('a', { channels: 4, kernel: 3 });
    expect(() => net.conv2d('a', { channels: 4, kernel: 3 })).toThrow(/a \(CONV_2D\): expected a name/);
    expect(() => net.dense('fc', { units: 4, from: 'b' })).toThrow(/bad: there is no value b/);
    expect(() => net.conv2d('big', { channels: 4, kernel: 9, padding: 'VALID' })).toThrow(/big \(CONV_2D\)/);
    expect(() => net.sum('sum', ['a', net.globalAveragePool('g')])).not.toThrow(); // broadcasts, as in TFLite
    expect(() => net.build('nothing')).toThrow(/no value nothing/);
  });
});
