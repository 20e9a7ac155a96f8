import { type Tensor, tf } from '../tf.js';
import type { Descent, DescentState } from './descent.js';

export interface AdamOptions {
  beta1: number;
  beta2: number;
  epsilon: number;
}

/** Adam (Kingma and Ba, 2015) on one flat vector. Its state is two vectors and the number of steps. */
export class Adam implements Descent {
  private first: Tensor;
  private second: Tensor;
  private steps: number;

  constructor(
    private readonly options: AdamOptions,
    size: number,
    state?: DescentState,
  ) {
    const vector = (saved: DescentState[string] | undefined) =>
      tf.keep(saved ? tf.tensor1d(saved as Float32Array) : tf.zeros([size]));
    this.first = vector(state?.first);
    this.second = vector(state?.second);
    this.steps = (state?.steps as number | undefined) ?? 0;
  }

  save(): DescentState {
    return {
      first: this.first.dataSync() as Float32Array,
      second: this.second.dataSync() as Float32Array,
      steps: this.steps,
    };
  }

  step(values: Tensor, gradient: Tensor, learningRate: number): Tensor {
    this.steps++;
    const { beta1, beta2, epsilon } = this.options;
    const rate = (learningRate * Math.sqrt(1 - beta2 ** this.steps)) / (1 - beta1 ** this.steps);
    const [first, second, next] = tf.tidy(() => {
      const m = this.first.mul(beta1).add(gradient.mul(1 - beta1));
      const v = this.second.mul(beta2).add(gradient.square().mul(1 - beta2));
      return [m, v, values.sub(m.mul(rate).div(v.sqrt().add(epsilon)))];
    }) as [Tensor, Tensor, Tensor];
    this.dispose();
    this.first = tf.keep(first);
    this.second = tf.keep(second);
    return next;
  }

  dispose(): void {
    this.first.dispose();
    this.second.dispose();
  }
}
