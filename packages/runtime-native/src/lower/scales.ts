import { type QuantizedMultiplier, quantizeMultiplier } from '../plan/multiplier.js';
import type { OpContext } from '../plan/op-context.js';

/**
 * A factor between scales as a multiplier.
 * @throws UnsupportedError when it is no positive number, or shifts further to the left than `most` bits
 */
export function multiplierOf(context: OpContext, factor: number, most = 30): QuantizedMultiplier {
  if (factor >= 0 && Number.isFinite(factor)) {
    const multiplier = quantizeMultiplier(factor);
    if (multiplier.shift <= most) return multiplier;
  }
  throw context.unsupported('the scales are too far apart', { received: `factor ${factor}` });
}

/**
 * A quotient or product of scales as the judge of the tensor's type rounds it: TensorFlow Lite Micro, for int8, keeps binary64; LiteRT, for
 * uint8, computes some factors in binary32.
 */
export function roundedFactor(context: OpContext, tensor: number, factor: number): number {
  return context.isUnsigned(tensor) ? Math.fround(factor) : factor;
}

/** Multipliers and shifts, one after the other. */
export function multipliersOf(context: OpContext, factors: readonly number[], most = 30): number[] {
  return factors.flatMap((factor) => {
    const { multiplier, shift } = multiplierOf(context, factor, most);
    return [multiplier, shift];
  });
}
