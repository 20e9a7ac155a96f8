import { type Tensor, tf } from '../tf.js';
import type { Descent, DescentState } from './descent.js';

export interface SgdOptions {
  momentum: number;
  /** Looks ahead by the momentum (Nesterov, 1983), as Keras does it. */
  nesterov: boolean;
}

/** Stochastic gradient descent with momentum (Sutskever et al., 2013) on one flat vector; its state is the velocity. */
export class Sgd implements Descent {
  private velocity: Tensor;

  constructor(
    private readonly options: SgdOptions,
    size: number,
    state?: DescentState,
  ) {
    this.velocity = tf.keep(state ? tf.tensor1d(state.velocity as Float32Array) : tf.zeros([size]));
  }

  save(): DescentState {
    return { velocity: this.velocity.dataSync() as Float32Array };
  }

  step(values: Tensor, gradient: Tensor, learningRate: number): Tensor {
    const { momentum, nesterov } = this.options;
    const [velocity, next] = tf.tidy(() => {
      const down = gradient.mul(learningRate);
      const v = this.velocity.mul(momentum).sub(down);
      return [v, values.add(nesterov ? v.mul(momentum).sub(down) : v)];
    }) as [Tensor, Tensor];
    this.dispose();
    this.velocity = tf.keep(velocity);
    return next;
  }

  dispose(): void {
    this.velocity.dispose();
  }
}
