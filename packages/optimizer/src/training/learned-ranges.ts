import type { TrainedValues } from '../constraints/constraint.js';
import { type Tensor, tf } from '../tf.js';
import { including0, type Range, type Ranges } from './ranges.js';

/** A range may not shrink to nothing, nor change its side. */
const smallestFactor = 0.01;

/**
 * Ranges that training moves (PACT: Choi et al., 2018): each end of a calibrated range times a factor that starts at 1, so that steps
 * are relative to the range and an end at 0 stays there.
 */
export class LearnedRanges {
  private factors: Float32Array;

  constructor(private readonly points: string[]) {
    this.factors = new Float32Array(2 * points.length).fill(1);
  }

  /** Factors [points, 2] of the lower and the upper ends; null when there is no point. */
  get trained(): TrainedValues | null {
    if (this.points.length === 0) return null;
    return {
      shape: [this.points.length, 2],
      read: () => this.factors,
      write: (values) => {
        this.factors = values;
      },
    };
  }

  /** Ends of a point's range in training; null when it is not learned. */
  ends(point: string, range: Range, factors: Tensor): { min: Tensor; max: Tensor } | null {
    const index = this.points.indexOf(point);
    if (index < 0) return null;
    const { min, max } = including0(range);
    const end = (which: number, value: number) =>
      tf.maximum(tf.slice(factors, [index, which], [1, 1]).reshape([]), smallestFactor).mul(value) as Tensor;
    return { min: end(0, min), max: end(1, max) };
  }

  /** The ranges as training has moved them. */
  moved(ranges: Ranges): Ranges {
    const result = new Map(ranges);
    this.points.forEach((point, i) => {
      const { min, max } = including0(ranges.get(point)!);
      const factor = (which: number) => Math.max(this.factors[2 * i + which]!, smallestFactor);
      result.set(point, { min: Math.fround(min * factor(0)), max: Math.fround(max * factor(1)) });
    });
    return result;
  }
}
