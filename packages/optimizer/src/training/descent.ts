import type { Tensor } from '../tf.js';
import { Adam } from './adam.js';
import { Sgd } from './sgd.js';

export type DescentState = Record<string, Float32Array | number>;

/** Gradient descent on one flat vector of values. */
export interface Descent {
  /** New values after one step down the gradient. The result belongs to the caller. */
  step(values: Tensor, gradient: Tensor, learningRate: number): Tensor;
  save(): DescentState;
  dispose(): void;
}

export type DescentOptions =
  | { name: 'adam'; beta1: number; beta2: number; epsilon: number }
  | { name: 'sgd'; momentum: number; nesterov: boolean };

/** Descent at its start, or where a state was saved. */
export function descend(options: DescentOptions, size: number, state?: DescentState): Descent {
  return options.name === 'adam' ? new Adam(options, size, state) : new Sgd(options, size, state);
}
