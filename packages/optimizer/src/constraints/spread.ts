import { type Tensor, tf } from '../tf.js';
import type { LayerShape } from './constraint.js';
import { smallestScale } from './scales.js';

/** Root mean square of each channel's weights, or of the layer's where it has one scale; never 0. */
export function channelSpreads(
  weights: Float32Array,
  { channels, rows, perTensor }: Pick<LayerShape, 'channels' | 'rows' | 'perTensor'>,
): Float32Array {
  const sums = new Float64Array(channels);
  for (let i = 0; i < weights.length; i++) sums[i % channels]! += weights[i]! * weights[i]!;
  const rms = Float32Array.from(sums, (sum) => Math.sqrt(sum / rows));
  if (perTensor) rms.fill(Math.sqrt(sums.reduce((a, b) => a + b, 0) / (rows * channels)));
  return rms.map((value) => Math.max(value, smallestScale));
}

/** The same in training: of weights [rows, channels], a scalar or one for each channel. It may be 0. */
export function spreadTensor(weights: Tensor, { perTensor }: Pick<LayerShape, 'perTensor'>): Tensor {
  const square = tf.square(weights);
  return tf.sqrt(perTensor ? tf.mean(square) : tf.mean(square, 0));
}
