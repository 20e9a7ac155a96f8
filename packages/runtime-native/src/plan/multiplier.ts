/** A positive real number as multiplier × 2^(shift − 31), multiplier in [2^30, 2^31) or 0. */
export interface QuantizedMultiplier {
  multiplier: number;
  /** Positive shifts go to the left. */
  shift: number;
}

const bits = new DataView(new ArrayBuffer(8));

/** C's frexp for positive finite numbers: value = fraction × 2^exponent, fraction in [1/2, 1). */
function frexp(value: number): { fraction: number; exponent: number } {
  if (value === 0) return { fraction: 0, exponent: 0 };
  bits.setFloat64(0, value);
  const biased = (bits.getUint16(0) >> 4) & 0x7ff;
  if (biased === 0) {
    const { fraction, exponent } = frexp(value * 2 ** 64);
    return { fraction, exponent: exponent - 64 };
  }
  bits.setUint16(0, (bits.getUint16(0) & 0x800f) | (1022 << 4));
  return { fraction: bits.getFloat64(0), exponent: biased - 1022 };
}

/** TFLite's QuantizeMultiplier (tflite/kernels/internal/quantization_util.cc); below 2^-32 it becomes zero. */
export function quantizeMultiplier(real: number): QuantizedMultiplier {
  if (!(real >= 0) || !Number.isFinite(real)) throw new RangeError(`${real} is not a multiplier`);
  const { fraction, exponent } = frexp(real);
  let shift = exponent;
  let multiplier = Math.round(fraction * 2 ** 31);
  if (multiplier === 2 ** 31) {
    multiplier /= 2;
    shift += 1;
  }
  if (shift < -31) return { multiplier: 0, shift: 0 };
  return { multiplier, shift };
}

/** How scales of weights become factors: input × weight / output, in binary64 as TFLite has it. */
export interface FactorRule {
  /** Scales of the input and of the output. */
  input: number;
  output: number;
  /** The first product is in binary32: TFLite's rule for convolutions of uint8. */
  narrow?: boolean;
  /** Most bits that a factor may shift to the left; 30 when not given. */
  mostShift?: number;
}

/** @param scale of the weights of one channel */
export function factorOf(scale: number, { input, output, narrow }: FactorRule): number {
  const product = input * scale;
  return (narrow ? Math.fround(product) : product) / output;
}

/**
 * Writes the multiplier and the shift of every channel; `scales` has one element for each of them, or one for all.
 * @returns the first channel whose scale is no positive finite number, or whose factor shifts too far to the left; −1 when all is well
 */
export type ChannelQuantizer = (
  scales: Float32Array,
  rule: FactorRule,
  multipliers: Int32Array,
  shifts: Int32Array,
) => number;

/** The plain one of `ElementLoops`. */
export const quantizeChannels: ChannelQuantizer = (scales, rule, multipliers, shifts) => {
  const { mostShift = 30 } = rule;
  for (let channel = 0; channel < multipliers.length; channel++) {
    const scale = scales[scales.length === 1 ? 0 : channel]!;
    const factor = factorOf(scale, rule);
    if (!(scale > 0 && factor >= 0 && factor < Number.POSITIVE_INFINITY)) return channel;
    const { multiplier, shift } = quantizeMultiplier(factor);
    if (shift > mostShift) return channel;
    multipliers[channel] = multiplier;
    shifts[channel] = shift;
  }
  return -1;
};

/**
 * MultiplyByQuantizedMultiplier of TensorFlow Lite Micro: a doubling high multiply, then a division by a power of two, each rounded
 * (native/base/requantize.h). `value` and the result are 32-bit integers.
 */
export function doubleRounding(value: number, multiplier: number, shift: number): number {
  const left = Math.max(shift, 0);
  const right = Math.max(-shift, 0);
  // The product has 62 bits, its two parts fewer than 53.
  const shifted = value << left;
  const lower = Math.floor((shifted * (multiplier & 0xffff) + 2 ** 30) / 2 ** 16);
  const high = Math.floor((shifted * (multiplier >>> 16) + lower) / 2 ** 15);
  const mask = 2 ** right - 1;
  const remainder = ((high % 2 ** right) + 2 ** right) % 2 ** right;
  const threshold = Math.floor(mask / 2) + (high < 0 ? 1 : 0);
  return Math.floor(high / 2 ** right) + (remainder > threshold ? 1 : 0);
}
