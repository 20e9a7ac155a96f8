import type { Activation, ConvolutionNode, DropoutNode, GraphNode, WeightedNode } from '../graph/graph.js';
import { relu } from '../ops.js';
import { type Tensor, tf } from '../tf.js';

// What each op of the graph computes, in TensorFlow ops that have gradients. Values are [n, ...], NHWC.

type OtherNode = Exclude<GraphNode, WeightedNode | DropoutNode>;

/** Convolution with weights [h, w, in / groups, out] ([h, w, in, multiplier] for depthwise), without bias. */
export function convolve(node: ConvolutionNode, x: Tensor, weights: Tensor): Tensor {
  const padding = node.padding.toLowerCase() as 'same' | 'valid';
  const spread = inflate(weights, node);
  if (node.op === 'DEPTHWISE_CONV_2D')
    return tf.depthwiseConv2d(x as never, spread as never, node.strides, padding);
  if (node.op === 'TRANSPOSE_CONV') return transposeConvolve(node, x, weights);
  const one = (part: Tensor, kernel: Tensor) =>
    tf.conv2d(part as never, kernel as never, node.strides, padding) as Tensor;
  if (node.groups === 1) return one(x, spread);
  const kernels = tf.split(spread, node.groups, 3);
  return tf.concat(
    tf.split(x, node.groups, 3).map((part, i) => one(part, kernels[i]!)),
    3,
  );
}

/** A dilated kernel with its zeros written out: TensorFlow's kernels for CPUs have no dilation in gradients or depthwise. */
function inflate(weights: Tensor, { dilations: [down, across] }: ConvolutionNode): Tensor {
  if (down === 1 && across === 1) return weights;
  const [height, width, inner, outer] = weights.shape as [number, number, number, number];
  const apart = weights.reshape([height, 1, width, 1, inner * outer]);
  const padded = tf.pad(apart, [
    [0, 0],
    [0, down - 1],
    [0, 0],
    [0, across - 1],
    [0, 0],
  ]);
  const whole = padded.reshape([height * down, width * across, inner, outer]);
  return whole.slice([0, 0, 0, 0], [(height - 1) * down + 1, (width - 1) * across + 1, inner, outer]);
}

function transposeConvolve(node: ConvolutionNode, x: Tensor, weights: Tensor): Tensor {
  const [n, height, width] = x.shape as [number, number, number];
  const size = (axis: 0 | 1, from: number) =>
    from * node.strides[axis] +
    (node.padding === 'SAME' ? 0 : Math.max(node.kernel[axis] - node.strides[axis], 0));
  const shape: [number, number, number, number] = [n, size(0, height), size(1, width), node.channels];
  const kernel = tf.transpose(weights, [0, 1, 3, 2]); // tf: [h, w, out, in]
  const padding = node.padding.toLowerCase() as 'same' | 'valid';
  return tf.conv2dTranspose(x as never, kernel as never, shape, node.strides, padding);
}

/** [n, ...] × [in, out] → [n, out], without bias. */
export function dense(x: Tensor, weights: Tensor): Tensor {
  const flat = x.shape.length === 2 ? x : x.reshape([-1, weights.shape[0]!]);
  return tf.matMul(flat as never, weights as never);
}

export function activate(x: Tensor, activation: Activation): Tensor {
  if (activation === 'NONE') return x;
  return activation === 'RELU6' ? tf.clipByValue(x, 0, 6) : relu(x);
}

/** A node that has no weights. */
export function apply(node: OtherNode, inputs: Tensor[]): Tensor {
  const [x] = inputs as [Tensor];
  switch (node.op) {
    case 'ADD':
      return activate(tf.add(x, inputs[1]!), node.activation);
    case 'SUB':
      return activate(tf.sub(x, inputs[1]!), node.activation);
    case 'MUL':
      return activate(tf.mul(x, inputs[1]!), node.activation);
    case 'CONCATENATION':
      return tf.concat(inputs, node.axis);
    case 'MEAN':
      return tf.mean(x, node.axes, node.keepDims);
    case 'PAD':
      return tf.pad(x, [[0, 0], ...node.paddings]);
    case 'RESHAPE':
      return x.reshape([-1, ...node.shape]);
    case 'CONSTANT':
      return tf.tensor(node.data, node.shape);
    case 'AVERAGE_POOL_2D':
      return tf.avgPool(
        x as never,
        node.kernel,
        node.strides,
        node.padding.toLowerCase() as 'same' | 'valid',
      );
    case 'MAX_POOL_2D':
      return tf.maxPool(
        x as never,
        node.kernel,
        node.strides,
        node.padding.toLowerCase() as 'same' | 'valid',
      );
    case 'RELU':
    case 'RELU6':
      return activate(x, node.op);
    case 'LEAKY_RELU':
      return tf.leakyRelu(x, node.alpha);
    case 'HARD_SWISH':
      return x.mul(tf.clipByValue(x.add(3), 0, 6)).div(6);
    case 'LOGISTIC':
      return tf.sigmoid(x);
    case 'TANH':
      return tf.tanh(x);
    case 'SOFTMAX':
      return tf.softmax(x);
  }
}
