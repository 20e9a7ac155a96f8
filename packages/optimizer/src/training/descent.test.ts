import { describe, expect, it } from 'vitest';
import { type Tensor, tf } from '../tf.js';
import { type DescentOptions, descend } from './descent.js';
import { learningRateAt } from './learning-rate.js';

const gradientAt = (x: number) => 2 * (x - 3); // of (x − 3)²

/** Values of one variable after some steps from 0, by the class and by the formula given here in double precision. */
function both(options: DescentOptions, formula: (x: number, gradient: number, step: number) => number) {
  const descent = descend(options, 1);
  let x = tf.tensor1d([0]) as Tensor;
  let expected = 0;
  const seen: [number, number][] = [];
  for (let step = 1; step <= 20; step++) {
    const gradient = tf.tensor1d([gradientAt(x.dataSync()[0]!)]);
    x = descent.step(x, gradient, 0.05);
    expected = formula(expected, gradientAt(expected), step);
    seen.push([x.dataSync()[0]!, expected]);
  }
  return seen;
}

// The formulas are those of Keras' documentation of its SGD and Adam.
describe('descent', () => {
  it.each([false, true])('SGD with momentum, nesterov: %s', (nesterov) => {
    let velocity = 0;
    const formula = (x: number, gradient: number) => {
      velocity = 0.9 * velocity - 0.05 * gradient;
      return x + (nesterov ? 0.9 * velocity - 0.05 * gradient : velocity);
    };
    for (const [actual, expected] of both({ name: 'sgd', momentum: 0.9, nesterov }, formula))
      expect(actual).toBeCloseTo(expected, 4);
  });

  it('Adam', () => {
    let [m, v] = [0, 0];
    const formula = (x: number, gradient: number, step: number) => {
      m = 0.8 * m + 0.2 * gradient;
      v = 0.99 * v + 0.01 * gradient ** 2;
      return x - (0.05 * (m / (1 - 0.8 ** step))) / (Math.sqrt(v / (1 - 0.99 ** step)) + 1e-7);
    };
    for (const [actual, expected] of both({ name: 'adam', beta1: 0.8, beta2: 0.99, epsilon: 1e-7 }, formula))
      expect(actual).toBeCloseTo(expected, 4);
  });

  it.each<DescentOptions>([
    { name: 'sgd', momentum: 0.9, nesterov: false },
    { name: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
  ])('$name goes on from its saved state', (options) => {
    const straight = descend(options, 2);
    const start = tf.tensor1d([1, 2]);
    const gradient = tf.tensor1d([0.5, -1]);
    const middle = straight.step(start, gradient, 0.1);
    const resumed = descend(options, 2, straight.save());
    const ends = [straight, resumed].map((descent) => [...descent.step(middle, gradient, 0.1).dataSync()]);
    expect(ends[1]).toEqual(ends[0]);
  });
});

describe('learning rate', () => {
  const at = (schedule: Parameters<typeof learningRateAt>[0]['schedule'], warmup: number, steps: number[]) =>
    steps.map((step) => learningRateAt({ learningRate: 1, schedule, warmup }, step, 100));

  it('stays, falls as a cosine, on a line, or in drops', () => {
    expect(at('constant', 0, [0, 50, 99])).toEqual([1, 1, 1]);
    expect(at('cosine', 0, [0, 50])).toEqual([1, 0.5]);
    expect(at('cosine', 0, [99])[0]).toBeCloseTo((1 + Math.cos(Math.PI * 0.99)) / 2);
    expect(at('linear', 0, [0, 25, 75])).toEqual([1, 0.75, 0.25]);
    expect(at({ drops: [0.5, 0.75], factor: 0.5 }, 0, [49, 50, 75])).toEqual([1, 0.5, 0.25]);
  });

  it('rises over the warm-up and falls over what is left', () => {
    const [first, last, top, middle] = at('linear', 0.2, [0, 19, 20, 60]);
    expect(first).toBeCloseTo(1 / 21);
    expect(last).toBeCloseTo(20 / 21);
    expect([top, middle]).toEqual([1, 0.5]);
  });
});
