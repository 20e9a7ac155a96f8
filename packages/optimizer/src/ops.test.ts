import { describe, expect, it } from 'vitest';
import {
  batchNorm,
  binIndex,
  composedBatchNorm,
  composedBinIndex,
  composedCrossEntropy,
  composedFakeQuantize,
  composedSoftCrossEntropy,
  crossEntropy,
  fakeQuantize,
  relu,
  softCrossEntropy,
  straightThrough,
} from './ops.js';
import { randomFor } from './random.js';
import { native, type Tensor, tf } from './tf.js';

// The composed twins are tfjs' own ops with tfjs' own gradients: an implementation that shares no code with the kernels
// called here. Without the native backend both are the same, so these tests need it.
const onNative = it.skipIf(native === null && !process.env.CI);

function normal(key: string, shape: number[], scale = 1): Tensor {
  const random = randomFor('ops.test', key);
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => random.normal() * scale),
    shape,
  );
}

/** Value and gradients of sum(f(x) × weights), where the weights make every element of the gradient matter. */
function valueAndGradients(f: (...x: Tensor[]) => Tensor, inputs: Tensor[]): number[][] {
  return tf.tidy(() => {
    const y = f(...inputs);
    const weights = normal('weights', y.shape);
    const gradients = tf.grads(((...x: Tensor[]) => f(...x).mul(weights)) as never)(inputs as never);
    return [y, ...(gradients as Tensor[])].map((tensor) => [...tensor.dataSync()]);
  });
}

function expectSame(
  actual: (...x: Tensor[]) => Tensor,
  twin: (...x: Tensor[]) => Tensor,
  inputs: Tensor[],
  tolerance = 2e-5,
): void {
  const expected = valueAndGradients(twin, inputs);
  valueAndGradients(actual, inputs).forEach((values, which) => {
    const largest = Math.max(1, ...expected[which]!.map(Math.abs));
    values.forEach((value, i) => {
      expect(Math.abs(value - expected[which]![i]!) / largest).toBeLessThan(tolerance);
    });
  });
}

describe('native ops against their composed twins', () => {
  onNative('batchNorm: value and gradients of x, gamma and beta', () => {
    const inputs = [normal('x', [6, 5, 4, 7], 3), normal('gamma', [7]), normal('beta', [7])];
    const apply = (op: typeof batchNorm) => (x: Tensor, gamma: Tensor, beta: Tensor) =>
      op(x, gamma, beta, 1e-3);
    expectSame(apply(batchNorm), apply(composedBatchNorm), inputs);
  });

  onNative('relu', () => {
    expectSame(relu, (x) => tf.relu(x), [normal('x', [3, 50])]);
  });

  onNative('softCrossEntropy', () => {
    const targets = tf.softmax(normal('targets', [5, 10], 2));
    const twin = (logits: Tensor) => composedSoftCrossEntropy(logits, targets).mean() as Tensor;
    expectSame((logits) => softCrossEntropy(logits, targets), twin, [normal('logits', [5, 10], 4)]);
  });

  onNative('crossEntropy', () => {
    const labels = tf.tensor1d([3, 0, 9, 9, 5], 'int32');
    const twin = (logits: Tensor) => composedCrossEntropy(logits, labels).mean();
    expectSame((logits) => crossEntropy(logits, labels), twin, [normal('logits', [5, 10], 4)]);
  });

  onNative.each([
    [-1.3, 2.7],
    [0, 6],
    [-0.01, 0.5],
    [-4, 0],
  ])('fakeQuantize in [%f, %f]', (low, high) => {
    const [minimum, maximum] = [tf.scalar(low), tf.scalar(high)];
    // In float32 a sum over clipped values depends on its order.
    expectSame(fakeQuantize, composedFakeQuantize, [normal('x', [4000], 2), minimum, maximum], 1e-4);
  });

  onNative('binIndex counts the boundaries below each value, group by group', () => {
    const boundaries = [-1, -0.5, 0, 0.25, 2, -3, -0.5, 0.1, 0.2, 0.2];
    const x = normal('x', [2, 600]);
    const below = (value: number, group: number) =>
      boundaries.slice(5 * group, 5 * group + 5).filter((b) => b < value).length;
    const expected = [...x.dataSync()].map((value, i) => below(value, Math.floor(i / 600)));
    for (const op of [binIndex, composedBinIndex])
      expect([...op(x, tf.tensor2d(boundaries, [2, 5])).dataSync()]).toEqual(expected);
    const onBorder = binIndex(tf.tensor2d([[-0.5, 2]]), tf.tensor2d([[-1, -0.5, 0, 0.25, 2]]));
    expect([...onBorder.dataSync()]).toEqual([1, 4]);
  });
});

describe('gradients by finite differences', () => {
  it('batchNorm', () => {
    const x = normal('x', [2, 3, 3, 2]);
    const [gamma, beta] = [tf.tensor1d([0.7, 1.9]), tf.tensor1d([0.1, -0.4])];
    const weights = normal('finite', x.shape);
    const loss = (input: Tensor) => batchNorm(input, gamma, beta, 1e-3).square().mul(weights).sum();
    const analytic = tf
      .grad(loss as never)(x as never)
      .dataSync();
    const values = x.dataSync();
    const moved = (at: number, by: number) => {
      const shifted = Float32Array.from(values, (value, i) => (i === at ? value + by : value));
      return loss(tf.tensor(shifted, x.shape)).dataSync()[0]!;
    };
    for (let at = 0; at < values.length; at += 5) {
      expect(analytic[at]).toBeCloseTo((moved(at, 0.01) - moved(at, -0.01)) / 0.02, 2);
    }
  });
});

describe('fakeQuantize', () => {
  it('keeps 0 exact and gives at most 256 values', () => {
    const x = tf.concat([tf.tensor1d([0]), normal('many', [5000], 3) as never]);
    const y = fakeQuantize(x, tf.scalar(-1.37), tf.scalar(2.9)).dataSync();
    expect(y[0]).toBe(0);
    expect(new Set(y).size).toBeLessThanOrEqual(256);
  });
});

describe('straightThrough', () => {
  it('gives the projection and passes the gradient as it is', () => {
    const x = tf.tensor1d([0.2, 0.7, -1.6]);
    const [value, gradient] = valueAndGradients((v) => straightThrough(v, tf.round), [x]);
    expect(value).toEqual([0, 1, -2]);
    expect(gradient).toEqual([...normal('weights', [3]).dataSync()]);
  });
});
