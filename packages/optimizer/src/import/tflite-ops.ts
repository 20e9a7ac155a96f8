import { ActivationFunctionType, BuiltinOperator, Padding } from '@weightfold/tflite';
import type {
  Activation,
  ActivationNode,
  ConvolutionNode,
  ElementwiseNode,
  Pair,
  PoolNode,
} from '../graph/graph.js';
import type { LayerValues } from './imported-model.js';
import { pointwiseNode } from './pointwise.js';
import type { Options, TfliteGraph } from './tflite-graph.js';
import { unsupported } from './unsupported.js';

/** An operator of the file: its name is its output's. Inputs and output are tensor indices. */
interface Operator {
  op: string;
  name: string;
  options: Options;
  inputs: number[];
  output: number;
}

type Importer = (graph: TfliteGraph, operator: Operator) => void;

/** What each operator becomes. One that is not here is refused by name. */
export const importers: Partial<Record<BuiltinOperator, Importer>> = {
  [BuiltinOperator.CONV_2D]: convolution,
  [BuiltinOperator.DEPTHWISE_CONV_2D]: convolution,
  [BuiltinOperator.TRANSPOSE_CONV]: convolution,
  [BuiltinOperator.FULLY_CONNECTED]: dense,
  [BuiltinOperator.ADD]: elementwise,
  [BuiltinOperator.SUB]: elementwise,
  [BuiltinOperator.MUL]: elementwise,
  [BuiltinOperator.AVERAGE_POOL_2D]: pool,
  [BuiltinOperator.MAX_POOL_2D]: pool,
  [BuiltinOperator.MEAN]: mean,
  [BuiltinOperator.REDUCE_MAX]: largest,
  [BuiltinOperator.PAD]: pad,
  [BuiltinOperator.RESHAPE]: reshape,
  [BuiltinOperator.SQUEEZE]: reshape,
  [BuiltinOperator.EXPAND_DIMS]: reshape,
  [BuiltinOperator.CONCATENATION]: concatenation,
  [BuiltinOperator.RELU]: activation,
  [BuiltinOperator.RELU6]: activation,
  [BuiltinOperator.HARD_SWISH]: activation,
  [BuiltinOperator.LOGISTIC]: activation,
  [BuiltinOperator.TANH]: activation,
  [BuiltinOperator.SOFTMAX](graph, operator) {
    const { beta } = operator.options;
    if (beta !== 1) throw unsupported(operator.name, 'SOFTMAX', `expected a beta of 1 but received ${beta}`);
    activation(graph, operator);
  },
  [BuiltinOperator.LEAKY_RELU](graph, { name, inputs, options }) {
    graph.draft.add({ op: 'LEAKY_RELU', name, inputs: [graph.nameOf(inputs[0])], alpha: options.alpha! });
  },
};

function convolution(graph: TfliteGraph, { op, name, options, inputs }: Operator): void {
  const [from, kernel, bias = -1] = op === 'TRANSPOSE_CONV' ? [inputs[2]!, inputs[1], inputs[3]] : inputs;
  const { shape, values } = graph.constant(kernel, `weights of ${op}`);
  const [first, height, width, last] = shape as [number, number, number, number];
  const depthwise = op === 'DEPTHWISE_CONV_2D';
  const channels = depthwise ? last : first;
  const inputChannels = graph.shape(from!).at(-1)!;
  graph.draft.addLayer(
    {
      op: op as ConvolutionNode['op'],
      name,
      inputs: [graph.nameOf(from)],
      channels,
      inputChannels,
      groups: depthwise ? 1 : inputChannels / last,
      kernel: [height, width],
      dilations: [options.dilationHFactor ?? 1, options.dilationWFactor ?? 1],
      ...window(options),
      batchNorm: null,
      activation: fusedActivation(options, name),
    },
    {
      weights: depthwise ? values : channelLast(values, channels),
      bias: bias < 0 ? undefined : graph.constant(bias, `bias of ${op}`).values,
    },
  );
}

/** Of all its input's numbers, or of the last dimension at each place of the others. */
function dense(graph: TfliteGraph, operator: Operator): void {
  const { op, name, options, inputs, output } = operator;
  const [from = -1, kernel, bias = -1] = inputs;
  if (options.weightsFormat) throw unsupported(name, op, 'its weights are shuffled for one CPU');
  const { shape, values } = graph.constant(kernel, `weights of ${op}`);
  const [units, inputUnits] = shape as [number, number];
  const layer = {
    weights: channelLast(values, units),
    bias: bias < 0 ? undefined : graph.constant(bias, `bias of ${op}`).values,
  };
  const input = graph.shape(from);
  const places = input.reduce((product, size) => product * size, 1) / inputUnits;
  if (places !== 1 && input.at(-1) === inputUnits) {
    denseAtPlaces(graph, operator, [places, inputUnits, units], layer);
    return;
  }
  if (places !== 1)
    throw unsupported(
      name,
      op,
      `expected ${inputUnits} inputs, in all or at each place, but received [${input}]`,
    );
  const activation = fusedActivation(options, name);
  const [wanted, flat] = [graph.shape(output), [units]];
  const own = String(wanted) === String(flat) ? name : `${name}/units`;
  const common = { op: 'FULLY_CONNECTED', inputUnits, units, batchNorm: null, activation } as const;
  graph.draft.addLayer({ ...common, name: own, inputs: [graph.nameOf(from)] }, layer);
  if (own !== name) graph.draft.add({ op: 'RESHAPE', name, inputs: [own], shape: wanted });
}

/** A convolution of one pixel, with a reshape on each side where the places are no image. */
function denseAtPlaces(
  graph: TfliteGraph,
  { name, options, inputs, output }: Operator,
  [places, inputChannels, channels]: [places: number, inputChannels: number, channels: number],
  layer: LayerValues,
): void {
  const from = graph.nameOf(inputs[0]);
  const isImage = graph.shape(inputs[0]!).length === 3;
  const [image, pixels] = isImage ? [from, name] : [`${name}/image`, `${name}/pixels`];
  const shape = [places, 1, inputChannels];
  if (!isImage) graph.draft.add({ op: 'RESHAPE', name: image, inputs: [from], shape });
  const activation = fusedActivation(options, name);
  graph.draft.addLayer({ ...pointwiseNode(pixels, image, inputChannels, channels), activation }, layer);
  if (!isImage) graph.draft.add({ op: 'RESHAPE', name, inputs: [pixels], shape: graph.shape(output) });
}

function elementwise(graph: TfliteGraph, { op, name, options, inputs }: Operator): void {
  const values = inputs.map((index) => graph.value(index));
  const activation = fusedActivation(options, name);
  graph.draft.add({ op: op as ElementwiseNode['op'], name, inputs: values, activation });
}

function pool(graph: TfliteGraph, { op, name, options, inputs }: Operator): void {
  const node: PoolNode = {
    op: op as PoolNode['op'],
    name,
    inputs: [graph.nameOf(inputs[0])],
    kernel: [options.filterHeight!, options.filterWidth!],
    ...window(options),
  };
  addWithActivation(graph, node, options);
}

function concatenation(graph: TfliteGraph, { op, name, options, inputs }: Operator): void {
  if (inputs.some((index) => graph.isConstant(index)))
    throw unsupported(name, op, 'it joins a constant, which has no batch');
  const axis = options.axis! < 0 ? options.axis! + graph.rank(inputs[0]) : options.axis!;
  const values = inputs.map((index) => graph.value(index));
  addWithActivation(graph, { op: 'CONCATENATION', name, inputs: values, axis }, options);
}

function mean(graph: TfliteGraph, { op, name, options, inputs }: Operator): void {
  const rank = graph.rank(inputs[0]);
  const axes = graph.integers(inputs[1], `axes of ${op}`).map((axis) => (axis < 0 ? axis + rank : axis));
  const keepDims = Boolean(options.keepDims);
  graph.draft.add({ op: 'MEAN', name, inputs: [graph.nameOf(inputs[0])], axes, keepDims });
}

/** Of all places of an image, which is what converters make of global max pooling. */
function largest(graph: TfliteGraph, { op, name, inputs, output }: Operator): void {
  const rank = graph.rank(inputs[0]);
  const axes = graph.integers(inputs[1], `axes of ${op}`).map((axis) => (axis < 0 ? axis + rank : axis));
  if (rank !== 4 || String(axes.sort()) !== '1,2')
    throw unsupported(name, op, `expected axes 1,2 of 4 dimensions but received ${axes} of ${rank}`);
  const [height = 1, width = 1] = graph.shape(inputs[0]!);
  const kernel: Pair = [height, width];
  const pool = { op: 'MAX_POOL_2D', kernel, strides: kernel, padding: 'VALID' } as const;
  graph.draft.add({ ...pool, name: `${name}/pool`, inputs: [graph.nameOf(inputs[0])] });
  graph.draft.add({ op: 'RESHAPE', name, inputs: [`${name}/pool`], shape: graph.shape(output) });
}

function pad(graph: TfliteGraph, { op, name, inputs }: Operator): void {
  const [before, behind, ...flat] = graph.integers(inputs[1], `paddings of ${op}`);
  if (before !== 0 || behind !== 0) throw unsupported(name, op, 'it pads the batch');
  const paddings = flat.flatMap((value, i): [number, number][] => (i % 2 ? [] : [[value, flat[i + 1]!]]));
  graph.draft.add({ op: 'PAD', name, inputs: [graph.nameOf(inputs[0])], paddings });
}

function reshape(graph: TfliteGraph, { name, inputs, output }: Operator): void {
  graph.draft.add({ op: 'RESHAPE', name, inputs: [graph.nameOf(inputs[0])], shape: graph.shape(output) });
}

function activation(graph: TfliteGraph, { op, name, inputs }: Operator): void {
  graph.draft.add({ op: op as ActivationNode['op'], name, inputs: [graph.nameOf(inputs[0])] });
}

/** A node that has no fused activation of its own: the operator's becomes a node behind it. */
function addWithActivation(
  graph: TfliteGraph,
  node: Parameters<TfliteGraph['draft']['add']>[0],
  options: Options,
): void {
  const { name } = node;
  const op = fusedActivation(options, name);
  if (op === 'NONE') {
    graph.draft.add(node);
  } else {
    const inner = `${name}/before-activation`;
    graph.draft.add({ ...node, name: inner });
    graph.draft.add({ op, name, inputs: [inner] });
  }
}

function window(options: Options): { strides: Pair; padding: 'SAME' | 'VALID' } {
  const { strideH, strideW, padding } = options;
  return { strides: [strideH!, strideW!], padding: padding === Padding.SAME ? 'SAME' : 'VALID' };
}

function fusedActivation(options: Options, name: string): Activation {
  const activation = ActivationFunctionType[options.fusedActivationFunction ?? 0];
  if (activation === 'NONE' || activation === 'RELU' || activation === 'RELU6') return activation;
  throw unsupported(name, `fused activation ${activation ?? options.fusedActivationFunction}`);
}

/** From TFLite's layout, output channel first, to the training layout, output channel last. */
function channelLast(values: Float32Array, channels: number): Float32Array {
  const rows = values.length / channels;
  const result = new Float32Array(values.length);
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < rows; row++) result[row * channels + channel] = values[channel * rows + row]!;
  }
  return result;
}
