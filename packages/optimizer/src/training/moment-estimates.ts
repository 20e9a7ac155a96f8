import { type Tensor, tf } from '../tf.js';
import type { Moments } from './fold.js';

/** Mean and variance of a layer's channels over several batches, each batch counting the same. */
export class MomentEstimates {
  private readonly sums = new Map<string, { mean: Float64Array; square: Float64Array; batches: number }>();

  /** Takes in what a node gives before its batch normalization, channel last. */
  add(name: string, y: Tensor): void {
    const moments = tf.moments(
      y,
      y.shape.slice(0, -1).map((_, axis) => axis),
    );
    const mean = moments.mean.dataSync();
    const variance = moments.variance.dataSync();
    const channels = mean.length;
    const sum = this.sums.get(name) ?? {
      mean: new Float64Array(channels),
      square: new Float64Array(channels),
      batches: 0,
    };
    this.sums.set(name, sum);
    sum.batches++;
    mean.forEach((value, i) => {
      sum.mean[i]! += value;
      sum.square[i]! += variance[i]! + value * value;
    });
  }

  result(): Map<string, Moments> {
    return new Map(
      [...this.sums].map(([name, { mean: means, square, batches }]) => {
        const mean = Float32Array.from(means, (value) => value / batches);
        const variance = Float32Array.from(square, (value, i) =>
          Math.max(0, value / batches - (means[i]! / batches) ** 2),
        );
        return [name, { mean, variance }];
      }),
    );
  }
}
