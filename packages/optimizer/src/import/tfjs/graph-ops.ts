import type {
  Activation,
  ActivationNode,
  ConvolutionNode,
  ElementwiseNode,
  Pair,
  PoolNode,
} from '../../graph/graph.js';
import { unsupported } from '../unsupported.js';
import type { GraphModel, NodeDef } from './graph-model.js';

type Importer = (model: GraphModel, node: NodeDef) => void;

/** What each TensorFlow op becomes. One that is not here is refused by name. */
export const importers: Record<string, Importer> = {
  Conv2D: convolution,
  _FusedConv2D: convolution,
  DepthwiseConv2dNative: convolution,
  FusedDepthwiseConv2dNative: convolution,
  MatMul: dense,
  _FusedMatMul: dense,
  BiasAdd: (model, node) => elementwise(model, node, 'ADD'),
  Add: (model, node) => elementwise(model, node, 'ADD'),
  AddV2: (model, node) => elementwise(model, node, 'ADD'),
  Sub: (model, node) => elementwise(model, node, 'SUB'),
  Mul: (model, node) => elementwise(model, node, 'MUL'),
  MaxPool: pool,
  AvgPool: pool,
  Mean: mean,
  ConcatV2: concatenation,
  Pad: pad,
  Reshape: reshape,
  Squeeze: squeeze,
  Relu: (model, node) => activation(model, node, 'RELU'),
  Relu6: (model, node) => activation(model, node, 'RELU6'),
  Sigmoid: (model, node) => activation(model, node, 'LOGISTIC'),
  Tanh: (model, node) => activation(model, node, 'TANH'),
  Softmax: (model, node) => activation(model, node, 'SOFTMAX'),
  LeakyRelu(model, node) {
    const alpha = Number(node.attr?.alpha?.f ?? 0.2);
    model.draft.add({ op: 'LEAKY_RELU', name: node.name, inputs: [model.value(node, 0)], alpha });
  },
  Identity: (model, node) => model.draft.alias(node.name, model.value(node, 0)),
  FusedBatchNorm: batchNormalization,
  FusedBatchNormV2: batchNormalization,
  FusedBatchNormV3: batchNormalization,
};

function convolution(model: GraphModel, node: NodeDef): void {
  checkFormat(node);
  const { shape, values } = model.constant(node, 1, 'its weights');
  const [height, width, inner, outer] = shape as [number, number, number, number];
  const from = model.value(node, 0);
  const inputChannels = model.draft.shapeOf(from).at(-1)!;
  const depthwise = node.op.includes('Depthwise');
  const { bias, fused } = fusion(model, node);
  model.draft.addLayer(
    {
      op: (depthwise ? 'DEPTHWISE_CONV_2D' : 'CONV_2D') satisfies ConvolutionNode['op'],
      name: node.name,
      inputs: [from],
      channels: depthwise ? inner * outer : outer,
      inputChannels,
      groups: depthwise ? 1 : inputChannels / inner,
      kernel: [height, width],
      strides: sizes(node, 'strides'),
      dilations: sizes(node, 'dilations'),
      padding: padding(node),
      batchNorm: null,
      activation: fused,
    },
    { weights: values, bias },
  );
}

function dense(model: GraphModel, node: NodeDef): void {
  if (node.attr?.transpose_a?.b || node.attr?.transpose_b?.b)
    throw unsupported(node.name, node.op, 'it transposes its inputs');
  const { shape, values } = model.constant(node, 1, 'its weights');
  const [inputUnits, units] = shape as [number, number];
  const { bias, fused } = fusion(model, node);
  const inputs = [model.value(node, 0)];
  model.draft.addLayer(
    { op: 'FULLY_CONNECTED', name: node.name, inputs, inputUnits, units, batchNorm: null, activation: fused },
    { weights: values, bias },
  );
}

/** Bias and activation that a fused op carries. */
function fusion(model: GraphModel, node: NodeDef): { bias: Float32Array | undefined; fused: Activation } {
  const [first, second, ...others] = (node.attr?.fused_ops?.list?.s ?? []).map(text);
  if (first === undefined) return { bias: undefined, fused: 'NONE' };
  const names: Record<string, Activation> = { Relu: 'RELU', Relu6: 'RELU6' };
  const fused = second === undefined ? 'NONE' : names[second];
  if (first !== 'BiasAdd' || fused === undefined || others.length > 0)
    throw unsupported(node.name, node.op, `it is fused with ${[first, second, ...others].join(', ')}`);
  return { bias: model.constant(node, 2, 'its bias').values, fused };
}

function elementwise(model: GraphModel, node: NodeDef, op: ElementwiseNode['op']): void {
  const inputs = [model.value(node, 0), model.value(node, 1)];
  model.draft.add({ op, name: node.name, inputs, activation: 'NONE' });
}

function pool(model: GraphModel, node: NodeDef): void {
  checkFormat(node);
  const pooled: PoolNode = {
    op: node.op === 'MaxPool' ? 'MAX_POOL_2D' : 'AVERAGE_POOL_2D',
    name: node.name,
    inputs: [model.value(node, 0)],
    kernel: sizes(node, 'ksize'),
    strides: sizes(node, 'strides'),
    padding: padding(node),
  };
  model.draft.add(pooled);
}

function mean(model: GraphModel, node: NodeDef): void {
  const from = model.value(node, 0);
  const rank = model.draft.shapeOf(from).length + 1;
  const axes = Array.from(model.constant(node, 1, 'its axes').values, (axis) =>
    axis < 0 ? axis + rank : axis,
  );
  const keepDims = node.attr?.keep_dims?.b === true;
  model.draft.add({ op: 'MEAN', name: node.name, inputs: [from], axes, keepDims });
}

function concatenation(model: GraphModel, node: NodeDef): void {
  const count = model.inputsOf(node).length - 1;
  if (
    model
      .inputsOf(node)
      .slice(0, count)
      .some((name) => model.isConstant(name))
  )
    throw unsupported(node.name, node.op, 'it joins a constant, which has no batch');
  const inputs = Array.from({ length: count }, (_, i) => model.value(node, i));
  const axis = model.constant(node, count, 'its axis').values[0]!;
  const rank = model.draft.shapeOf(inputs[0]!).length + 1;
  model.draft.add({ op: 'CONCATENATION', name: node.name, inputs, axis: axis < 0 ? axis + rank : axis });
}

function pad(model: GraphModel, node: NodeDef): void {
  const [before, behind, ...flat] = model.constant(node, 1, 'its paddings').values;
  if (before !== 0 || behind !== 0) throw unsupported(node.name, node.op, 'it pads the batch');
  const paddings = flat.flatMap((value, i): [number, number][] => (i % 2 ? [] : [[value, flat[i + 1]!]]));
  model.draft.add({ op: 'PAD', name: node.name, inputs: [model.value(node, 0)], paddings });
}

function reshape(model: GraphModel, node: NodeDef): void {
  const from = model.value(node, 0);
  const size = model.draft.shapeOf(from).reduce((product, n) => product * n, 1);
  const [, ...wanted] = model.constant(node, 1, 'its shape').values;
  const known = wanted.filter((n) => n >= 0).reduce((product, n) => product * n, 1);
  const shape = wanted.map((n) => (n < 0 ? size / known : n));
  model.draft.add({ op: 'RESHAPE', name: node.name, inputs: [from], shape });
}

function squeeze(model: GraphModel, node: NodeDef): void {
  const from = model.value(node, 0);
  const before = model.draft.shapeOf(from);
  const axes = (node.attr?.squeeze_dims?.list?.i ?? [])
    .map(Number)
    .map((axis) => (axis < 0 ? axis + before.length + 1 : axis));
  const shape = before.filter((size, i) => !(axes.length === 0 ? size === 1 : axes.includes(i + 1)));
  model.draft.add({ op: 'RESHAPE', name: node.name, inputs: [from], shape });
}

function activation(model: GraphModel, node: NodeDef, op: ActivationNode['op']): void {
  model.draft.add({ op, name: node.name, inputs: [model.value(node, 0)] });
}

function batchNormalization(model: GraphModel, node: NodeDef): void {
  checkFormat(node);
  const [gamma, beta, mean, variance] = ['gamma', 'beta', 'its mean', 'its variance'].map(
    (what, i) => model.constant(node, i + 1, what).values,
  ) as [Float32Array, Float32Array, Float32Array, Float32Array];
  if (node.attr?.is_training?.b)
    throw unsupported(node.name, node.op, 'it normalizes by the batch, as in training');
  const epsilon = Number(node.attr?.epsilon?.f ?? 1e-4); // the op's default, which exporters may leave out
  const values = { gamma, beta, mean, variance, epsilon };
  model.draft.add({ op: 'BATCH_NORM', name: node.name, inputs: [model.value(node, 0)], values });
}

const text = (base64: string) => Buffer.from(base64, 'base64').toString();

/** Height and width of an attribute [batch, height, width, channels]; 1 where it is left out. */
function sizes(node: NodeDef, attribute: string): Pair {
  const [, height = 1, width = 1] = (node.attr?.[attribute]?.list?.i ?? []).map(Number);
  return [height, width];
}

function padding(node: NodeDef): 'SAME' | 'VALID' {
  const kind = text(node.attr?.padding?.s ?? '');
  if (kind === 'SAME' || kind === 'VALID') return kind;
  throw unsupported(node.name, node.op, `expected padding SAME or VALID but received ${kind}`);
}

function checkFormat(node: NodeDef): void {
  const format = text(node.attr?.data_format?.s ?? '');
  if (format === '' || format === 'NHWC') return;
  throw unsupported(node.name, node.op, `expected data_format NHWC but received ${format}`);
}
