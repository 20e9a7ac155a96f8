import { straightThrough } from '../ops.js';
import { type Tensor, tf } from '../tf.js';

// Scales on a logarithmic grid: 2^(j / perOctave). Products of such scales lie on it again, so that a channel's scale and what
// batch normalization makes of it can be rounded one by one.

/** The nearest scale of the grid, as binary32. */
export function roundScale(scale: number, perOctave: number): number {
  return Math.fround(2 ** (Math.round(Math.log2(scale) * perOctave) / perOctave));
}

/** The smallest scale of the grid that is not below another. */
export function scaleFrom(least: number, perOctave: number): number {
  const steps = Math.ceil(Math.log2(least) * perOctave);
  const scale = Math.fround(2 ** (steps / perOctave));
  return scale >= least ? scale : Math.fround(2 ** ((steps + 1) / perOctave));
}

/** Positive factors rounded to the grid in training; the gradient passes straight through. */
export function roundScales(factors: Tensor, perOctave: number): Tensor {
  const steps = perOctave / Math.LN2;
  return straightThrough(factors, (f) => tf.exp(tf.round(tf.log(f).mul(steps)).div(steps)));
}
