import { TensorType } from '@weightfold/tflite';
import { quantizeMultiplier } from '../plan/multiplier.js';
import type { OpContext } from '../plan/op-context.js';

/** Numbers of native/base/requantize.h. */
export const rounding = { double: 0, single: 1, float: 2 } as const;

interface Weights {
  /** Index of the weights in the model. */
  index: number;
  /** Which dimension holds the output channels. */
  dimension: number;
  channels: number;
}

/** Scales of a weight tensor, one per output channel, or one in all. Zero points must be 0. */
export function weightScales(context: OpContext, { index, dimension, channels }: Weights): number[] {
  const tensor = context.expectType(index, TensorType.INT8);
  if (!context.isConstant(index)) throw context.unsupported('weights must be constant', { tensor: index });
  const scales = tensor.quantization?.scale ?? [];
  const perChannel = scales.length === channels && channels !== 1;
  // Some files in use give a wrong quantized_dimension; TFLite Micro never reads it, LiteRT refuses them.
  if (perChannel ? tensor.shape[dimension] !== channels : scales.length !== 1) {
    throw context.unsupported('wrong number of weight scales', {
      tensor: index,
      expected: `1 or ${channels}`,
      received: `${scales.length}`,
    });
  }
  const bad = scales.find((scale) => !(scale > 0) || !Number.isFinite(scale));
  if (bad !== undefined)
    throw context.unsupported('wrong weight scale', { tensor: index, received: `${bad}` });
  if (tensor.quantization!.zeroPoint.some((zero) => zero !== 0n)) {
    throw context.unsupported('weights must be symmetric', { tensor: index, expected: 'zero point 0' });
  }
  return scales;
}

/** Bias tensor of the plan, or −1; which input of the operator it is. */
export function bias(context: OpContext, channels: number, input = 2): number {
  if (!context.hasInput(input)) return -1;
  const index = context.inputIndex(input);
  context.expectType(index, TensorType.INT32);
  context.expectShape(index, [channels]);
  if (!context.isConstant(index)) throw context.unsupported('the bias must be constant', { tensor: index });
  return context.use(index);
}

/**
 * Constants that turn accumulators into output codes: multipliers, shifts, and float scales when `mode` asks for them.
 * `real` gives input scale × weight scale / output scale as the op's rule computes it.
 */
export function requantization(
  context: OpContext,
  channels: number,
  mode: number,
  real: (channel: number) => number,
): number[] {
  const multipliers = new Int32Array(channels);
  const shifts = new Int32Array(channels);
  const scales = new Float32Array(channels);
  for (let channel = 0; channel < channels; channel++) {
    const value = real(channel);
    const { multiplier, shift } = quantizeMultiplier(value);
    if (shift > 30)
      throw context.unsupported('the output scale is too small', { received: `factor ${value}` });
    multipliers[channel] = multiplier;
    shifts[channel] = shift;
    scales[channel] = value;
  }
  const indices = [context.constant('multiplier', multipliers), context.constant('shift', shifts)];
  return mode === rounding.float ? [...indices, context.constant('scale', scales)] : indices;
}

/** How a convolution rounds in the plan's mode: LiteRT's reference kernels round it twice, like TFLite Micro. */
export function convolutionRounding(context: OpContext): number {
  return context.rounding === 'single' ? rounding.float : rounding.double;
}
