import { constraintBroken } from '../errors.js';
import { straightThrough } from '../ops.js';
import { type Tensor, tf } from '../tf.js';
import type { Constraint, ConstraintState, EncodedWeights, LayerShape } from './constraint.js';
import { smallestScale } from './scales.js';

/** Weights on the symmetric integer grid: a channel's (or the layer's) largest magnitude is the largest code, 127 for 8 bits. */
export class Int8Grid implements Constraint {
  readonly kind = 'int8-grid';
  constructor(private readonly layer: LayerShape) {}

  update(): void {}

  apply(weights: Float32Array): Float32Array {
    return decode(this.encode(weights), this.layer.channels);
  }

  encode(weights: Float32Array): EncodedWeights {
    const { channels, perTensor, largestCode } = this.layer;
    const largest = new Float32Array(channels);
    for (let i = 0; i < weights.length; i++) {
      largest[i % channels] = Math.max(largest[i % channels]!, Math.abs(weights[i]!));
    }
    if (perTensor) largest.fill(largest.reduce((a, b) => Math.max(a, b), 0));
    const scales = largest.map((value) => Math.max(value / largestCode, smallestScale));
    const codes = new Int8Array(weights.length);
    for (let i = 0; i < weights.length; i++) codes[i] = roundToCode(weights[i]! / scales[i % channels]!);
    return { codes, scales };
  }

  project(weights: Tensor): Tensor {
    return straightThrough(weights, (w) => {
      const magnitude = tf.abs(w);
      const largest = this.layer.perTensor ? tf.max(magnitude) : tf.max(magnitude, 0);
      const scale = tf.maximum(largest.div(this.layer.largestCode), smallestScale);
      return tf.round(w.div(scale)).mul(scale);
    });
  }

  verify(codes: Int8Array): void {
    const { name, largestCode } = this.layer;
    const outside = codes.find((code) => Math.abs(code) > largestCode);
    if (outside !== undefined)
      throw constraintBroken(name, `codes in [-${largestCode}, ${largestCode}]`, `${outside}`);
  }

  save(): ConstraintState {
    return {};
  }

  restore(): void {}

  dispose(): void {}
}

/** Nearest integer in [−127, 127], ties to even as TensorFlow rounds. */
export function roundToCode(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
  return Math.max(-127, Math.min(127, rounded));
}

/** Real weights of codes: code × scale of its channel. */
export function decode({ codes, scales }: EncodedWeights, channels: number): Float32Array {
  const weights = new Float32Array(codes.length);
  for (let i = 0; i < codes.length; i++) weights[i] = codes[i]! * scales[i % channels]!;
  return weights;
}
