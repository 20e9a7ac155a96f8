import { UsageError } from '@weightfold/base';
import type { ModelConfig } from '../config.js';
import type { ConvolutionNode, DenseNode, Graph, GraphNode } from './graph.js';

export interface MobileNetOptions {
  inputShape: number[];
  classes: number;
  /** Width multiplier. */
  alpha: number;
  dropout: number;
}

/** Channels (at alpha 1) and stride of the 13 separable blocks. */
const mobileNetBlocks = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [1024, 2],
  [1024, 1],
] as const;

/**
 * MobileNet v1 (Howard et al., 2017). For inputs below 64 pixels the first convolution keeps the resolution, as is usual for
 * 28×28 and 32×32 images.
 */
export function mobileNetV1({ inputShape, classes, alpha, dropout }: MobileNetOptions): Graph {
  const [height = 0, , inputChannels = 1] = inputShape;
  const width = (channels: number) => Math.max(8, Math.round(channels * alpha));
  const first = width(32);
  const nodes: GraphNode[] = [convolution('conv1', inputChannels, first, 3, height < 64 ? 1 : 2)];
  let channels = first;
  mobileNetBlocks.forEach(([wide, stride], i) => {
    nodes.push(
      depthwise(`b${i + 1}_dw`, channels, stride),
      convolution(`b${i + 1}_pw`, channels, width(wide), 1, 1),
    );
    channels = width(wide);
  });
  nodes.push(...classifier(channels, classes, dropout));
  return chain(`mobilenet-v1-${alpha}`, inputShape, nodes);
}

export interface DsCnnOptions {
  inputShape: number[];
  classes: number;
  size: 'S' | 'M' | 'L';
  /** Before the classifier. */
  dropout: number;
  /** Behind the first convolution. */
  firstDropout: number;
}

/**
 * Channels, separable blocks, strides of the first convolution and of the first block; kernel and strides are those for
 * 49×10 MFCC features. The two larger ones keep all coefficients until the first block (ARM's ML-KWS-for-MCU,
 * train_commands.txt).
 */
const dsCnnSizes = {
  S: { channels: 64, blocks: 4, strides: [2, 2], firstBlock: 1 },
  M: { channels: 172, blocks: 4, strides: [2, 1], firstBlock: 2 },
  L: { channels: 276, blocks: 5, strides: [2, 1], firstBlock: 2 },
} as const;

/** DS-CNN for keyword spotting (Zhang et al., "Hello Edge", 2017). */
export function dsCnn({ inputShape, classes, size, dropout, firstDropout }: DsCnnOptions): Graph {
  const { channels, blocks, strides, firstBlock } = dsCnnSizes[size];
  const first: ConvolutionNode = {
    ...convolution('conv1', inputShape[2] ?? 1, channels, 3, 2),
    kernel: [10, 4],
    strides: [...strides],
  };
  const nodes: GraphNode[] = [first, ...dropoutNode('conv1_dropout', firstDropout)];
  for (let i = 1; i <= blocks; i++) {
    const stride = i === 1 ? firstBlock : 1;
    nodes.push(depthwise(`b${i}_dw`, channels, stride), convolution(`b${i}_pw`, channels, channels, 1, 1));
  }
  nodes.push(...classifier(channels, classes, dropout));
  return chain(`ds-cnn-${size.toLowerCase()}`, inputShape, nodes);
}

/**
 * ResNet-8 of MLPerf Tiny (Banbury et al., 2021; He et al., 2015): three stacks of 16, 32 and 64 channels, the last two at half
 * the resolution with a 1×1 convolution as shortcut.
 */
export function resNet8({ inputShape, classes }: { inputShape: number[]; classes: number }): Graph {
  const channels = [16, 32, 64];
  const nodes: GraphNode[] = [{ ...convolution('stem', inputShape[2] ?? 1, 16, 3, 1), inputs: ['input'] }];
  let from = 'stem';
  channels.forEach((wide, i) => {
    const narrow = channels[i - 1] ?? 16;
    const name = `s${i + 1}`;
    const linear = { activation: 'NONE' as const };
    nodes.push(
      { ...convolution(`${name}_conv1`, narrow, wide, 3, i === 0 ? 1 : 2), inputs: [from] },
      { ...convolution(`${name}_conv2`, wide, wide, 3, 1), ...linear, inputs: [`${name}_conv1`] },
    );
    if (i > 0) {
      const shortcut = { ...convolution(`${name}_shortcut`, narrow, wide, 1, 2), ...linear, batchNorm: null };
      nodes.push({ ...shortcut, inputs: [from] });
    }
    const other = i > 0 ? `${name}_shortcut` : from;
    nodes.push({ op: 'ADD', name, inputs: [`${name}_conv2`, other], activation: 'RELU' });
    from = name;
  });
  const [mean, ...others] = classifier(64, classes, 0);
  const rest = chain('', [], others).nodes;
  rest[0]!.inputs = ['gap'];
  return {
    name: 'resnet-8',
    inputs: [{ name: 'input', shape: inputShape }],
    nodes: [...nodes, { ...mean!, inputs: [from] }, ...rest],
    outputs: ['softmax'],
  };
}

/**
 * The fully connected autoencoder of MLPerf Tiny's anomaly detection (Banbury et al., 2021; DCASE 2020's baseline):
 * four layers of 128, a code of 8, four of 128, each with batch normalization and ReLU, and an output like the input.
 * Its size is for 640 inputs.
 */
export function autoencoder(inputShape: number[]): Graph {
  const [size = 0] = inputShape;
  const widths = [128, 128, 128, 128, 8, 128, 128, 128, 128];
  const names = ['enc1', 'enc2', 'enc3', 'enc4', 'code', 'dec1', 'dec2', 'dec3', 'dec4'];
  const hidden = widths.map(
    (units, i): GraphNode => ({
      ...dense(names[i]!, widths[i - 1] ?? size, units),
      batchNorm: { epsilon },
      activation: 'RELU',
    }),
  );
  return chain('autoencoder', inputShape, [...hidden, dense('reconstruction', widths.at(-1)!, size)]);
}

/** A model of a configuration, for its data. @throws UsageError when the input has other dimensions */
export function buildGraph(
  model: Exclude<ModelConfig, { name: 'imported' | 'own' }>,
  inputShape: number[],
  classes: number,
): Graph {
  const expected = model.name === 'autoencoder' ? ['values'] : ['height', 'width', 'channels'];
  if (inputShape.length !== expected.length) {
    const shape = `[${expected.join(', ')}]`;
    throw new UsageError(`${model.name}: expected examples of shape ${shape} but received [${inputShape}]`, {
      expected: shape,
      received: `[${inputShape}]`,
    });
  }
  switch (model.name) {
    case 'mobilenet-v1':
      return mobileNetV1({ inputShape, classes, ...model });
    case 'ds-cnn':
      return dsCnn({ inputShape, classes, ...model });
    case 'resnet-8':
      return resNet8({ inputShape, classes });
    case 'autoencoder':
      return autoencoder(inputShape);
  }
}

/** Epsilon of batch normalization where nothing else is said (Keras' default). */
const epsilon = 1e-3;

/** A graph whose nodes each take what the one before gives. */
function chain(name: string, inputShape: number[], nodes: GraphNode[]): Graph {
  const input = { name: 'input', shape: inputShape };
  nodes.forEach((node, i) => {
    node.inputs = [nodes[i - 1]?.name ?? input.name];
  });
  return { name, inputs: [input], nodes, outputs: [nodes.at(-1)!.name] };
}

function convolution(
  name: string,
  inputChannels: number,
  channels: number,
  kernel: number,
  stride: number,
): ConvolutionNode {
  return {
    op: 'CONV_2D',
    name,
    inputs: [],
    channels,
    inputChannels,
    groups: 1,
    kernel: [kernel, kernel],
    strides: [stride, stride],
    dilations: [1, 1],
    padding: 'SAME',
    batchNorm: { epsilon },
    activation: 'RELU',
  };
}

function depthwise(name: string, channels: number, stride: number): ConvolutionNode {
  return { ...convolution(name, channels, channels, 3, stride), op: 'DEPTHWISE_CONV_2D' };
}

function dense(name: string, inputUnits: number, units: number): DenseNode {
  return { op: 'FULLY_CONNECTED', name, inputs: [], inputUnits, units, batchNorm: null, activation: 'NONE' };
}

function classifier(inputUnits: number, units: number, dropout: number): GraphNode[] {
  return [
    { op: 'MEAN', name: 'gap', inputs: [], axes: [1, 2], keepDims: false },
    ...dropoutNode('dropout', dropout),
    dense('fc', inputUnits, units),
    { op: 'SOFTMAX', name: 'softmax', inputs: [] },
  ];
}

function dropoutNode(name: string, rate: number): GraphNode[] {
  return rate > 0 ? [{ op: 'DROPOUT', name, inputs: [], rate }] : [];
}
