import { type Tensor, tf } from '../tf.js';

const beta1 = 0.9;
const beta2 = 0.999;
const epsilon = 1e-7; // Keras' default

/** Adam (Kingma and Ba, 2015) on one flat vector. Its state is two vectors and the number of steps. */
export class Adam {
  private constructor(
    private first: Tensor,
    private second: Tensor,
    private steps: number,
  ) {}

  static start(size: number): Adam {
    return new Adam(tf.keep(tf.zeros([size])), tf.keep(tf.zeros([size])), 0);
  }

  static restore(state: { first: Float32Array; second: Float32Array; steps: number }): Adam {
    return new Adam(tf.keep(tf.tensor1d(state.first)), tf.keep(tf.tensor1d(state.second)), state.steps);
  }

  save(): { first: Float32Array; second: Float32Array; steps: number } {
    return {
      first: this.first.dataSync() as Float32Array,
      second: this.second.dataSync() as Float32Array,
      steps: this.steps,
    };
  }

  /** New values after one step down the gradient. The result belongs to the caller. */
  step(values: Tensor, gradient: Tensor, learningRate: number): Tensor {
    this.steps++;
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
