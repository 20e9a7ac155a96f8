// Ops that training calls most, each as one TensorFlow kernel with its own gradient kernel. tfjs composes them from many
// small ops, which costs 4 times the step (docs/design/optimizer.md). Every native op has a composed twin; a test holds
// values and gradients of the two together.
import { type Attribute, native, type Tensor, tf } from './tf.js';

type Saved = (tensors: Tensor[]) => void;

const attribute = {
  type: (name: string): Attribute => ({
    name,
    type: native!.binding.TF_ATTR_TYPE!,
    value: native!.binding.TF_FLOAT,
  }),
  int32: (name: string): Attribute => ({
    name,
    type: native!.binding.TF_ATTR_TYPE!,
    value: native!.binding.TF_INT32,
  }),
  float: (name: string, value: number): Attribute => ({ name, type: native!.binding.TF_ATTR_FLOAT!, value }),
  int: (name: string, value: number): Attribute => ({ name, type: native!.binding.TF_ATTR_INT!, value }),
  bool: (name: string, value: boolean): Attribute => ({ name, type: native!.binding.TF_ATTR_BOOL!, value }),
  string: (name: string, value: string): Attribute => ({
    name,
    type: native!.binding.TF_ATTR_STRING!,
    value,
  }),
};

/** A function of tensors whose gradient is given by hand. tf.customGrad's types know no saved tensors. */
export function withGradient(
  forward: (
    inputs: Tensor[],
    save: Saved,
  ) => { value: Tensor; gradient: (dy: Tensor, saved: Tensor[]) => Tensor[] },
): (...inputs: Tensor[]) => Tensor {
  const wrapped = tf.customGrad(((...parameters: unknown[]) => {
    const save = parameters.pop() as Saved;
    const { value, gradient } = forward(parameters as Tensor[], save);
    return { value, gradFunc: gradient };
  }) as never);
  return wrapped as unknown as (...inputs: Tensor[]) => Tensor;
}

/**
 * Batch normalization of x [n, h, w, c] by its own mean and variance over n, h, w, with scale gamma [c] and offset beta [c]
 * (Ioffe and Szegedy, 2015).
 */
export function batchNorm(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number): Tensor {
  if (!native) return composedBatchNorm(x, gamma, beta, epsilon);
  const attributes = [
    attribute.type('T'),
    attribute.type('U'),
    attribute.float('epsilon', epsilon),
    attribute.string('data_format', 'NHWC'),
    attribute.bool('is_training', true),
  ];
  return withGradient(([input, scale, offset], save) => {
    const empty = tf.tensor1d([]);
    const momentum = attribute.float('exponential_avg_factor', 1);
    const inputs = [input!, scale!, offset!, empty, empty];
    const [y, , , ...reserves] = native!.executeMultipleOutputs(
      'FusedBatchNormV3',
      [...attributes, momentum],
      inputs,
      6,
    );
    save([input!, scale!, ...reserves]);
    const gradient = (dy: Tensor, saved: Tensor[]) =>
      native!.executeMultipleOutputs('FusedBatchNormGradV3', attributes, [dy, ...saved], 5).slice(0, 3);
    return { value: y!, gradient };
  })(x, gamma, beta);
}

/** The same from tfjs' own ops. */
export function composedBatchNorm(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number): Tensor {
  const { mean, variance } = tf.moments(x, [0, 1, 2]);
  return tf.batchNorm(x as never, mean as never, variance as never, beta as never, gamma as never, epsilon);
}

/** max(x, 0). */
export function relu(x: Tensor): Tensor {
  if (!native) return tf.relu(x);
  return withGradient(([input], save) => {
    const y = native!.executeSingleOutput('Relu', [attribute.type('T')], [input!]);
    save([y]);
    return {
      value: y,
      gradient: (dy, [saved]) => [
        native!.executeSingleOutput('ReluGrad', [attribute.type('T')], [dy, saved!]),
      ],
    };
  })(x);
}

/** Mean over the batch of the softmax cross-entropy of logits [n, classes] against labels [n] (int32). */
export function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  return (native ? nativeCrossEntropy(logits, labels) : composedCrossEntropy(logits, labels)).mean();
}

function nativeCrossEntropy(logits: Tensor, labels: Tensor): Tensor {
  return withGradient(([input], save) => {
    const attributes = [attribute.type('T'), attribute.int32('Tlabels')];
    const [loss, gradient] = native!.executeMultipleOutputs(
      'SparseSoftmaxCrossEntropyWithLogits',
      attributes,
      [input!, labels],
      2,
    );
    save([gradient!]);
    return { value: loss!, gradient: (dy, [saved]) => [saved!.mul(dy.expandDims(1))] };
  })(logits);
}

/** Mean of the squared differences of two tensors of the same number of values. */
export function meanSquaredError(outputs: Tensor, targets: Tensor): Tensor {
  return tf.squaredDifference(outputs as never, targets.reshape(outputs.shape) as never).mean();
}

/** Mean over the batch of the softmax cross-entropy of logits [n, classes] against probabilities [n, classes]. */
export function softCrossEntropy(logits: Tensor, targets: Tensor): Tensor {
  return (
    native ? nativeSoftCrossEntropy(logits, targets) : composedSoftCrossEntropy(logits, targets)
  ).mean();
}

function nativeSoftCrossEntropy(logits: Tensor, targets: Tensor): Tensor {
  return withGradient(([input], save) => {
    const inputs = [input!, targets];
    const [loss, gradient] = native!.executeMultipleOutputs(
      'SoftmaxCrossEntropyWithLogits',
      [attribute.type('T')],
      inputs,
      2,
    );
    save([gradient!]);
    return { value: loss!, gradient: (dy, [saved]) => [saved!.mul(dy.expandDims(1))] };
  })(logits);
}

/** Per-example loss from tfjs' own ops. */
export function composedSoftCrossEntropy(logits: Tensor, targets: Tensor): Tensor {
  return tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), 1));
}

/** Per-example loss from tfjs' own ops. */
export function composedCrossEntropy(logits: Tensor, labels: Tensor): Tensor {
  const targets = tf.oneHot(labels as never, logits.shape[1]!).toFloat();
  return composedSoftCrossEntropy(logits, targets);
}

/**
 * x rounded to the 256 steps of [minimum, maximum], with the range nudged so that 0 is a step; the gradient passes inside
 * the range (Jacob et al., 2018). minimum ≤ 0 ≤ maximum are scalars; each gets the gradient of the values that it clips (learned
 * clipping: Choi et al., PACT, 2018).
 */
export function fakeQuantize(x: Tensor, minimum: Tensor, maximum: Tensor): Tensor {
  if (!native) return composedFakeQuantize(x, minimum, maximum);
  const attributes = [attribute.int('num_bits', 8), attribute.bool('narrow_range', false)];
  return withGradient((inputs, save) => {
    save(inputs);
    const value = native!.executeSingleOutput('FakeQuantWithMinMaxVars', attributes, inputs);
    const gradient = (dy: Tensor, saved: Tensor[]) =>
      native!.executeMultipleOutputs('FakeQuantWithMinMaxVarsGradient', attributes, [dy, ...saved], 3);
    return { value, gradient };
  })(x, minimum, maximum);
}

/** The same from tfjs' own ops. */
export function composedFakeQuantize(x: Tensor, minimum: Tensor, maximum: Tensor): Tensor {
  return withGradient(([input], save) => {
    const scale = maximum.sub(minimum).div(255);
    // TensorFlow rounds half up here: floor(v + 0.5), not to even.
    const zeroPoint = tf.floor(minimum.neg().div(scale).add(0.5));
    const low = zeroPoint.neg().mul(scale);
    const high = zeroPoint.neg().add(255).mul(scale);
    const clipped = tf.minimum(tf.maximum(input!, low), high);
    const value = tf.floor(clipped.sub(low).div(scale).add(0.5)).mul(scale).add(low);
    save([input!.less(low).toFloat(), input!.greater(high).toFloat()]);
    const gradient = (dy: Tensor, [below, above]: Tensor[]) => [
      dy.mul(tf.scalar(1).sub(below!).sub(above!)),
      dy.mul(below!).sum(),
      dy.mul(above!).sum(),
    ];
    return { value, gradient };
  })(x, minimum, maximum);
}

/** A projection of x in the forward pass that the gradient does not see (straight-through estimator). */
export function straightThrough(x: Tensor, project: (x: Tensor) => Tensor): Tensor {
  return withGradient(([input]) => ({ value: project(input!), gradient: (dy) => [dy] }))(x);
}

/**
 * For each value of x [groups, n], how many of its group's sorted boundaries [groups, b] lie below it: the index of its bin, 0 to b
 * (int32, shape of x).
 */
export function binIndex(x: Tensor, boundaries: Tensor): Tensor {
  if (!native) return composedBinIndex(x, boundaries);
  const attributes = [attribute.type('T'), attribute.int32('out_type')];
  return native.executeSingleOutput('LowerBound', attributes, [boundaries, x]);
}

/** The same from tfjs' own ops. */
export function composedBinIndex(x: Tensor, boundaries: Tensor): Tensor {
  return tf.sum(tf.greater(x.expandDims(2), boundaries.expandDims(1)).toInt(), 2);
}
