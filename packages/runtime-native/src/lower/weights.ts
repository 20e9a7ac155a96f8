import { TensorType } from '@weightfold/tflite';
import { type FactorRule, factorOf } from '../plan/multiplier.js';
import type { OpContext } from '../plan/op-context.js';
import { shapeElements } from '../plan/plan.js';

/** Numbers of native/base/requantize.h. */
export const rounding = { double: 0, single: 1, float: 2 } as const;

/** Weights of an operator. */
export interface Weights {
  /** Index of the weights in the model. */
  index: number;
  /** Which dimension holds the output channels. */
  dimension: number;
  channels: number;
}

/**
 * Scales of a weight tensor, one per output channel, or one in all. Zero points must be 0, but for models of uint8, and for
 * FULLY_CONNECTED with one scale, as in TFLite.
 */
export function weightScales(context: OpContext, { index, dimension, channels }: Weights): Float32Array {
  const tensor = context.expectType(index, TensorType.INT8);
  if (!context.isConstant(index)) throw context.unsupported('weights must be constant', { tensor: index });
  const scales = tensor.quantization?.scale ?? new Float32Array(0);
  const perChannel = scales.length === channels && channels !== 1;
  // Some files in use give a wrong quantized_dimension; TFLite Micro never reads it, LiteRT refuses them.
  if (perChannel ? tensor.shape[dimension] !== channels : scales.length !== 1) {
    throw context.unsupported('wrong number of weight scales', {
      tensor: index,
      expected: `1 or ${channels}`,
      received: `${scales.length}`,
    });
  }
  const asymmetric = context.isUnsigned(index) || (context.op.name === 'FULLY_CONNECTED' && !perChannel);
  if (!asymmetric && !isZero(tensor.quantization!.zeroPoint)) {
    throw context.unsupported('weights must be symmetric', { tensor: index, expected: 'zero point 0' });
  }
  return scales;
}

/** Compared in the engine: the first element with zero, each of the others with the one before it. */
function isZero(values: BigInt64Array): boolean {
  if (values.length === 0) return true;
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return values[0] === 0n && bytes.compare(bytes, 8, bytes.length, 0, bytes.length - 8) === 0;
}

/**
 * Weights of the plan for those of the model, or for `codes` in another order and shape. Codes without their zero point are easier
 * to multiply: where all of them fit in 8 bits, they lose it here.
 */
export function weightTensor(
  context: OpContext,
  index: number,
  codes: { data: Int8Array; shape: number[] } | null = null,
): number {
  const zeroPoint = context.zeroPoint(index);
  if (zeroPoint === 0 && !codes) return context.use(index);
  const { data, shape } = codes ?? { data: context.int8Data(index), shape: context.source(index).shape };
  const shifted = new Int8Array(data.length);
  const fits = context.loops.shiftCodes(data, 0, zeroPoint, shifted);
  return context.constant('weights', shifted, [...shape], fits ? 0 : zeroPoint);
}

/** Bias tensor of the plan, or −1: input `i` of the operator. */
export function bias(context: OpContext, channels: number, i = 2, type = TensorType.INT32): number {
  if (!context.hasInput(i)) return -1;
  const index = context.inputIndex(i);
  context.expectType(index, type);
  context.expectShape(index, [channels]);
  if (!context.isConstant(index)) throw context.unsupported('the bias must be constant', { tensor: index });
  return context.use(index);
}

/** Constant int8 or int16 weights with one scale, symmetric, of the given shape; their scale. */
export function symmetricWeights(
  context: OpContext,
  index: number,
  shape: readonly number[],
  type = TensorType.INT8,
): number {
  const { scale, zeroPoint } = context.quantized(index, type);
  context.expectShape(index, shape);
  if (!context.isConstant(index)) throw context.unsupported('weights must be constant', { tensor: index });
  if (zeroPoint === 0) return scale;
  throw context.unsupported('weights must be symmetric', { tensor: index, expected: 'zero point 0' });
}

/** State that the operator keeps: a variable tensor with so many elements. */
export function expectState(context: OpContext, index: number, elements: number): void {
  if (context.source(index).isVariable && shapeElements(context.source(index).shape) === elements) return;
  throw context.unsupported('the state must be a variable', {
    tensor: index,
    expected: `a variable of ${elements} elements`,
    received: `[${context.source(index).shape}]`,
  });
}

/**
 * Constants that turn accumulators into output codes: multipliers, shifts, and float scales when `mode` asks for them.
 * @throws UnsupportedError for a scale that is no positive number, or a factor that shifts too far to the left
 */
export function requantization(
  context: OpContext,
  mode: number,
  { index, channels }: Weights,
  scales: Float32Array,
  rule: FactorRule,
): number[] {
  const [multipliers, shifts] = [new Int32Array(channels), new Int32Array(channels)];
  const bad = context.loops.quantizeChannels(scales, rule, multipliers, shifts);
  if (bad >= 0) {
    const scale = scales[scales.length === 1 ? 0 : bad]!;
    if (!(scale > 0 && Number.isFinite(scale)))
      throw context.unsupported('wrong weight scale', { tensor: index, received: `${scale}` });
    throw context.unsupported('the scales are too far apart', {
      received: `factor ${factorOf(scale, rule)}`,
    });
  }
  const indices = [context.constant('multiplier', multipliers), context.constant('shift', shifts)];
  if (mode !== rounding.float) return indices;
  const factors = Float32Array.from(multipliers, (_, channel) =>
    factorOf(scales[scales.length === 1 ? 0 : channel]!, rule),
  );
  return [...indices, context.constant('scale', factors)];
}

/** How a convolution rounds in the plan's mode: LiteRT's reference kernels round it twice, like TFLite Micro. */
export function convolutionRounding(context: OpContext): number {
  return context.rounding === 'single' ? rounding.float : rounding.double;
}
