import { TensorType } from '@weightfold/tflite';
import { quantizeMultipliers } from '../plan/multiplier.js';
import type { OpContext } from '../plan/op-context.js';
import { shapeElements } from '../plan/plan.js';
import { multiplierOf } from './scales.js';

/** Numbers of native/base/requantize.h. */
export const rounding = { double: 0, single: 1, float: 2 } as const;

interface Weights {
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
  const bad = scales.find((scale) => !(scale > 0) || !Number.isFinite(scale));
  if (bad !== undefined)
    throw context.unsupported('wrong weight scale', { tensor: index, received: `${bad}` });
  const asymmetric = context.isUnsigned(index) || (context.op.name === 'FULLY_CONNECTED' && !perChannel);
  if (!asymmetric && !isZero(tensor.quantization!.zeroPoint)) {
    throw context.unsupported('weights must be symmetric', { tensor: index, expected: 'zero point 0' });
  }
  return scales;
}

/** Looked at as 32-bit halves: there are thousands, and each 64-bit integer that is asked for is an object of its own. */
function isZero({ buffer, byteOffset, length }: BigInt64Array): boolean {
  const halves = new Int32Array(buffer, byteOffset, 2 * length);
  for (let i = 0; i < halves.length; i++) if (halves[i] !== 0) return false;
  return true;
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
  const { data, shape } = codes ?? { data: context.int8Data(index), shape: [...context.source(index).shape] };
  const fits = data.every((code) => code - zeroPoint >= -128 && code - zeroPoint <= 127);
  return context.constant(
    'weights',
    fits ? data.map((code) => code - zeroPoint) : data,
    shape,
    fits ? 0 : zeroPoint,
  );
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
 * @param factors by channel, see `channelFactors`
 * @throws UnsupportedError when a factor shifts further to the left than `mostShift` bits
 */
export function requantization(
  context: OpContext,
  mode: number,
  factors: Float64Array,
  mostShift = 30,
): number[] {
  const { multipliers, shifts } = quantizeMultipliers(factors, mostShift, (factor) =>
    multiplierOf(context, factor, mostShift),
  );
  const indices = [context.constant('multiplier', multipliers), context.constant('shift', shifts)];
  return mode === rounding.float
    ? [...indices, context.constant('scale', Float32Array.from(factors))]
    : indices;
}

/**
 * Input scale × weight scale / output scale by channel, in binary64 as TFLite has it.
 * @param scales one for each channel, or one for all
 * @param narrow the first product is in binary32: TFLite's rule for convolutions of uint8
 */
export function channelFactors(
  channels: number,
  scales: Float32Array,
  input: { scale: number },
  output: { scale: number },
  narrow = false,
): Float64Array {
  const factors = new Float64Array(channels);
  const shared = scales.length !== channels;
  for (let channel = 0; channel < channels; channel++) {
    const product = input.scale * scales[shared ? 0 : channel]!;
    factors[channel] = (narrow ? Math.fround(product) : product) / output.scale;
  }
  return factors;
}

/** How a convolution rounds in the plan's mode: LiteRT's reference kernels round it twice, like TFLite Micro. */
export function convolutionRounding(context: OpContext): number {
  return context.rounding === 'single' ? rounding.float : rounding.double;
}
