import type { ConvolutionNode, DenseNode } from '../../graph/graph.js';
import { pointwiseNode } from '../pointwise.js';
import { unsupported } from '../unsupported.js';
import { activation, hasActivation } from './activation-layers.js';
import { checkFormat, checkLastAxis, type LayerContext, number, pair } from './layer-context.js';

export function convolution(context: LayerContext): void {
  const { draft, layer, name, inputs } = context;
  const { config, className } = layer;
  checkFormat(context);
  const depthwise = className.startsWith('Depthwise');
  const inputChannels = draft.shapeOf(inputs[0]!).at(-1)!;
  const multiplier = number(config.depth_multiplier, 1);
  const padding = config.output_padding;
  if (padding !== null && padding !== undefined)
    throw unsupported(layer.name, className, 'it has output_padding');
  const channels = depthwise ? inputChannels * multiplier : number(config.filters, 0);
  const op = depthwise ? 'DEPTHWISE_CONV_2D' : className === 'Conv2DTranspose' ? 'TRANSPOSE_CONV' : 'CONV_2D';
  const bias = config.use_bias !== false;
  const kernelRole = depthwise ? 'depthwise_kernel' : 'kernel';
  const [weights, biases] = context.weights([kernelRole, ...(bias ? ['bias'] : [])]);
  const own = `${name}${hasActivation(config) ? '/linear' : ''}`;
  const node = convolutionNode(context, {
    op,
    name: own,
    channels,
    inputChannels,
    groups: number(config.groups, 1),
  });
  // Keras keeps transposed kernels as [h, w, out, in].
  const values = op === 'TRANSPOSE_CONV' ? swapLast(weights!, channels, inputChannels) : weights!;
  draft.addLayer(node, { weights: values, bias: biases });
  activation(context, config.activation, own, name);
}

/** Depthwise, then pointwise; the bias belongs to the second. */
export function separable(context: LayerContext): void {
  const { draft, layer, name, inputs } = context;
  const { config } = layer;
  checkFormat(context);
  const inputChannels = draft.shapeOf(inputs[0]!).at(-1)!;
  const between = inputChannels * number(config.depth_multiplier, 1);
  const roles = ['depthwise_kernel', 'pointwise_kernel', ...(config.use_bias !== false ? ['bias'] : [])];
  const [depthwise, pointwise, bias] = context.weights(roles);
  const first = convolutionNode(context, {
    op: 'DEPTHWISE_CONV_2D',
    name: `${name}/depthwise`,
    channels: between,
    inputChannels,
    groups: 1,
  });
  draft.addLayer(first, { weights: depthwise! });
  const own = `${name}${hasActivation(config) ? '/linear' : ''}`;
  draft.addLayer(pointwiseNode(own, first.name, between, number(config.filters, 0)), {
    weights: pointwise!,
    bias,
  });
  activation(context, config.activation, own, name);
}

function convolutionNode(
  context: LayerContext,
  shape: Pick<ConvolutionNode, 'op' | 'name' | 'channels' | 'inputChannels' | 'groups'>,
): ConvolutionNode {
  const { draft, layer, inputs } = context;
  const { config } = layer;
  const kernel = pair(layer, 'kernel_size', 1);
  const dilations = pair(layer, 'dilation_rate', 1);
  let from = inputs[0]!;
  if (config.padding === 'causal') {
    const before = (kernel[0] - 1) * dilations[0];
    from = `${shape.name}/causal`;
    draft.add({
      op: 'PAD',
      name: from,
      inputs,
      paddings: [
        [before, 0],
        [0, 0],
        [0, 0],
      ],
    });
  }
  return {
    ...shape,
    inputs: [from],
    kernel,
    dilations,
    strides: pair(layer, 'strides', 1),
    padding: config.padding === 'same' ? 'SAME' : 'VALID',
    batchNorm: null,
    activation: 'NONE',
  };
}

export function dense(context: LayerContext): void {
  const { draft, layer, name, inputs } = context;
  const { config } = layer;
  const units = number(config.units, 0);
  const shape = draft.shapeOf(inputs[0]!);
  const [weights, bias] = context.weights(['kernel', ...(config.use_bias !== false ? ['bias'] : [])]);
  const own = `${name}${hasActivation(config) ? '/linear' : ''}`;
  const inputUnits = shape.at(-1)!;
  const node: DenseNode | ConvolutionNode =
    shape.length === 1
      ? { op: 'FULLY_CONNECTED', name: own, inputs, inputUnits, units, batchNorm: null, activation: 'NONE' }
      : pointwiseNode(own, inputs[0]!, inputUnits, units);
  draft.addLayer(node, { weights: weights!, bias });
  activation(context, config.activation, own, name);
}

export function batchNormalization(context: LayerContext): void {
  const { draft, layer, name, inputs } = context;
  const { config } = layer;
  const shape = draft.shapeOf(inputs[0]!);
  checkLastAxis(context, config.axis);
  const channels = shape.at(-1)!;
  const roles = [
    ...(config.scale !== false ? ['gamma'] : []),
    ...(config.center !== false ? ['beta'] : []),
    'moving_mean',
    'moving_variance',
  ];
  const arrays = context.weights(roles);
  const take = (role: string, otherwise: number) =>
    arrays[roles.indexOf(role)] ?? new Float32Array(channels).fill(otherwise);
  draft.add({
    op: 'BATCH_NORM',
    name,
    inputs,
    values: {
      gamma: take('gamma', 1),
      beta: take('beta', 0),
      mean: take('moving_mean', 0),
      variance: take('moving_variance', 1),
      epsilon: number(config.epsilon, 1e-3),
    },
  });
}

function swapLast(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  const area = rows * columns;
  for (let start = 0; start < values.length; start += area) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++)
        result[start + column * rows + row] = values[start + row * columns + column]!;
    }
  }
  return result;
}
