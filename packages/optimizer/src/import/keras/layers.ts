import type { ActivationNode, ConvolutionNode, DenseNode, GraphNode, Pair } from '../../graph/graph.js';
import type { ModelDraft } from '../draft.js';
import { pointwiseNode } from '../pointwise.js';
import { unsupported } from '../unsupported.js';
import type { KerasLayer } from './config.js';

/** What a layer sees while it is imported. */
export interface LayerContext {
  draft: ModelDraft;
  layer: KerasLayer;
  /** Name of the node that stands for the layer's output, unique in the graph. */
  name: string;
  /** Names of the nodes it takes. */
  inputs: string[];
  /** Dimensions of its first input as Keras counts them, without the batch: a sequence has 2. */
  rank: number;
  /** The layer's arrays by role. */
  weights(roles: string[]): Float32Array[];
}

type Importer = (context: LayerContext) => void;

// Sequences [time, channels] are kept as images [time, 1, channels], so that what is 1-D in Keras is 2-D here.

/** What each Keras layer becomes. One that is not here is refused by name. */
export const importers: Record<string, Importer> = {
  Conv1D: convolution,
  Conv2D: convolution,
  DepthwiseConv1D: convolution,
  DepthwiseConv2D: convolution,
  SeparableConv1D: separable,
  SeparableConv2D: separable,
  Conv2DTranspose: convolution,
  Dense: dense,
  BatchNormalization: batchNormalization,
  Activation: (context) =>
    activation(context, context.layer.config.activation, context.inputs[0]!, context.name),
  ReLU: rectifier,
  LeakyReLU: ({ draft, layer, name, inputs }) =>
    draft.add({
      op: 'LEAKY_RELU',
      name,
      inputs,
      alpha: number(layer.config.negative_slope ?? layer.config.alpha, 0.3),
    }),
  Softmax: (context) => {
    checkLastAxis(context, context.layer.config.axis);
    activation(context, 'softmax', context.inputs[0]!, context.name);
  },
  Flatten: ({ draft, name, inputs }) =>
    draft.add({ op: 'RESHAPE', name, inputs, shape: [product(draft.shapeOf(inputs[0]!))] }),
  Reshape: reshape,
  Dropout: dropout,
  SpatialDropout1D: dropout,
  SpatialDropout2D: dropout,
  GaussianNoise: passThrough,
  GaussianDropout: passThrough,
  ActivityRegularization: passThrough,
  GlobalAveragePooling1D: globalAverage,
  GlobalAveragePooling2D: globalAverage,
  GlobalMaxPooling1D: globalMax,
  GlobalMaxPooling2D: globalMax,
  AveragePooling1D: pool,
  AveragePooling2D: pool,
  MaxPooling1D: pool,
  MaxPooling2D: pool,
  ZeroPadding1D: zeroPadding,
  ZeroPadding2D: zeroPadding,
  Add: (context) => elementwise(context, 'ADD'),
  Subtract: (context) => elementwise(context, 'SUB'),
  Multiply: (context) => elementwise(context, 'MUL'),
  Concatenate: concatenate,
  Rescaling: rescaling,
};

function convolution(context: LayerContext): void {
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
function separable(context: LayerContext): void {
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

function dense(context: LayerContext): void {
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

function batchNormalization(context: LayerContext): void {
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

/** Keras 3 writes an axis as a number, Keras 2 as a list; it counts the batch, or from the end. */
function checkLastAxis({ layer, rank }: LayerContext, value: unknown): void {
  const [axis = -1, ...others] = [value].flat();
  if (others.length === 0 && (axis === -1 || axis === rank)) return;
  throw unsupported(
    layer.name,
    layer.className,
    `expected the last axis but received ${JSON.stringify(value)}`,
  );
}

function rectifier(context: LayerContext): void {
  const { draft, layer, name, inputs } = context;
  const { max_value: max, negative_slope: slope, threshold } = layer.config;
  const refuse = (what: string, received: unknown) =>
    unsupported(layer.name, 'ReLU', `expected ${what} but received ${String(received)}`);
  if (number(threshold, 0) !== 0) throw refuse('a threshold of 0', threshold);
  const [alpha, most] = [number(slope, 0), number(max, Number.POSITIVE_INFINITY)];
  if (most === Number.POSITIVE_INFINITY)
    draft.add(alpha === 0 ? { op: 'RELU', name, inputs } : { op: 'LEAKY_RELU', name, inputs, alpha });
  else if (most !== 6) throw refuse('a max_value of 6 or none', max);
  else if (alpha !== 0) throw refuse('a negative_slope of 0 beside a max_value', slope);
  else draft.add({ op: 'RELU6', name, inputs });
}

const activationLayers = new Set(['Activation', 'LeakyReLU', 'ReLU', 'Softmax']);

const activations: Record<string, ActivationNode['op']> = {
  relu: 'RELU',
  relu6: 'RELU6',
  softmax: 'SOFTMAX',
  sigmoid: 'LOGISTIC',
  tanh: 'TANH',
  hard_swish: 'HARD_SWISH',
  hard_silu: 'HARD_SWISH',
};

/** An activation that is a layer of its own settings: `activation=layers.ReLU(max_value=6)`. */
function activationLayer(value: unknown): { className: string; config: Record<string, unknown> } | null {
  const { class_name: className, config } = (value ?? {}) as { class_name?: unknown; config?: unknown };
  return typeof className === 'string' && typeof config === 'object' && config !== null
    ? { className, config: config as Record<string, unknown> }
    : null;
}

function activationName(value: unknown): string {
  if (value === null || value === undefined) return 'linear';
  if (typeof value === 'string') return value;
  const { class_name, config } = value as { class_name?: string; config?: unknown };
  return String(typeof config === 'string' ? config : (class_name ?? value)).toLowerCase();
}

const hasActivation = (config: Record<string, unknown>) => activationName(config.activation) !== 'linear';

/** Adds the activation that a layer carries, behind the node that it belongs to. */
function activation(context: LayerContext, value: unknown, from: string, name: string): void {
  const { draft, layer } = context;
  const own = activationLayer(value);
  if (own) {
    const importer = activationLayers.has(own.className) ? importers[own.className] : undefined;
    if (!importer) throw unsupported(layer.name, `activation ${own.className}`);
    importer({ ...context, layer: { ...layer, ...own }, inputs: [from] });
    return;
  }
  const kind = activationName(value);
  if (kind === 'linear') {
    if (from !== name) draft.alias(name, from);
    return;
  }
  if (kind === 'leaky_relu') {
    draft.add({ op: 'LEAKY_RELU', name, inputs: [from], alpha: 0.2 }); // Keras' default; a layer has its own
    return;
  }
  const op = activations[kind];
  if (!op) throw unsupported(layer.name, `activation ${kind}`);
  draft.add({ op, name, inputs: [from] });
}

function reshape({ draft, layer, name, inputs }: LayerContext): void {
  const wanted = (layer.config.target_shape as number[]).map(Number);
  const size = product(draft.shapeOf(inputs[0]!));
  const known = wanted.filter((n) => n >= 0).reduce((all, n) => all * n, 1);
  const shape = wanted.map((n) => (n < 0 ? size / known : n));
  draft.add({ op: 'RESHAPE', name, inputs, shape: asImage(shape) });
}

function dropout({ draft, layer, name, inputs }: LayerContext): void {
  draft.add({ op: 'DROPOUT', name, inputs, rate: number(layer.config.rate, 0) });
}

/** Layers that do nothing at inference. */
function passThrough({ draft, name, inputs }: LayerContext): void {
  draft.alias(name, inputs[0]!);
}

function globalAverage(context: LayerContext): void {
  checkFormat(context);
  const { draft, layer, name, inputs } = context;
  const keepDims = layer.config.keepdims === true;
  draft.add({ op: 'MEAN', name, inputs, axes: [1, 2], keepDims });
}

function globalMax(context: LayerContext): void {
  checkFormat(context);
  const { draft, layer, name, inputs } = context;
  const [height, width, channels] = draft.shapeOf(inputs[0]!) as [number, number, number];
  const kernel: Pair = [height, width];
  const own = layer.config.keepdims === true ? name : `${name}/pool`;
  draft.add({ op: 'MAX_POOL_2D', name: own, inputs, kernel, strides: kernel, padding: 'VALID' });
  if (own !== name) draft.add({ op: 'RESHAPE', name, inputs: [own], shape: [channels] });
}

function pool(context: LayerContext): void {
  checkFormat(context);
  const { draft, layer, name, inputs } = context;
  const { config, className } = layer;
  const kernel = pair(layer, 'pool_size', 2);
  draft.add({
    op: className.startsWith('Max') ? 'MAX_POOL_2D' : 'AVERAGE_POOL_2D',
    name,
    inputs,
    kernel,
    strides: config.strides ? pair(layer, 'strides', 1) : kernel,
    padding: config.padding === 'same' ? 'SAME' : 'VALID',
  });
}

function zeroPadding(context: LayerContext): void {
  checkFormat(context);
  const { draft, layer, name, inputs } = context;
  const padding = layer.config.padding as number | (number | number[])[];
  const rows = (Array.isArray(padding) ? padding : [padding, padding]).map((row) =>
    Array.isArray(row) ? row.map(Number) : [Number(row), Number(row)],
  );
  // 1-D: [before, behind] of the time axis.
  const time = layer.className === 'ZeroPadding1D' ? [padding].flat(2).map(Number) : undefined;
  const paddings = time
    ? [
        [time[0]!, time[1] ?? time[0]!],
        [0, 0],
      ]
    : rows;
  draft.add({ op: 'PAD', name, inputs, paddings: [...paddings, [0, 0]] as [number, number][] });
}

function elementwise({ draft, name, inputs }: LayerContext, op: 'ADD' | 'SUB' | 'MUL'): void {
  let sum = inputs[0]!;
  inputs.slice(1).forEach((input, i) => {
    const own = i === inputs.length - 2 ? name : `${name}/${i}`;
    draft.add({ op, name: own, inputs: [sum, input], activation: 'NONE' });
    sum = own;
  });
}

function concatenate({ draft, layer, name, inputs, rank }: LayerContext): void {
  const axis = number(layer.config.axis, -1);
  const counted = axis < 0 ? axis + rank + 1 : axis;
  // Channels of a sequence [batch, time, channels] are the third axis of the image that it is kept as.
  draft.add({ op: 'CONCATENATION', name, inputs, axis: rank === 2 && counted === 2 ? 3 : counted });
}

/** scale × x + offset. */
function rescaling({ draft, layer, name, inputs }: LayerContext): void {
  const constant = (suffix: string, value: unknown): GraphNode => {
    const data = Float32Array.from([value].flat(), Number);
    return { op: 'CONSTANT', name: `${name}/${suffix}`, inputs: [], shape: [data.length], data };
  };
  draft.add(constant('scale', layer.config.scale ?? 1));
  draft.add({ op: 'MUL', name: `${name}/scaled`, inputs: [inputs[0]!, `${name}/scale`], activation: 'NONE' });
  draft.add(constant('offset', layer.config.offset ?? 0));
  draft.add({ op: 'ADD', name, inputs: [`${name}/scaled`, `${name}/offset`], activation: 'NONE' });
}

function checkFormat({ layer }: LayerContext): void {
  const format = layer.config.data_format;
  if (format !== 'channels_first') return;
  throw unsupported(
    layer.name,
    layer.className,
    'expected data_format channels_last but received channels_first',
  );
}

/** A shape as the graph keeps it: [time, channels] becomes [time, 1, channels]. */
export function asImage(shape: number[]): number[] {
  return shape.length === 2 ? [shape[0]!, 1, shape[1]!] : shape;
}

/** A setting of height and width. One number stands for both of a 2-D layer, and for the first of a 1-D one. */
function pair({ className, config }: KerasLayer, key: string, otherwise: number): Pair {
  const [first = otherwise, second = first] = [config[key] ?? otherwise].flat().map(Number);
  return [first, className.endsWith('1D') ? 1 : second];
}

const number = (value: unknown, otherwise: number): number =>
  value === undefined || value === null ? otherwise : Number(value);

const product = (shape: number[]) => shape.reduce((all, n) => all * n, 1);

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
