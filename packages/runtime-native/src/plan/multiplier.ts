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

/**
 * `quantizeMultiplier` for the thousands of channels of a network, without an object for each.
 * @param rest gives the multipliers of numbers that are no positive ones with shifts from −31 to `mostShift`; may throw
 */
export function quantizeMultipliers(
  reals: Float64Array,
  mostShift: number,
  rest: (real: number) => QuantizedMultiplier,
): { multipliers: Int32Array; shifts: Int32Array } {
  const [multipliers, shifts] = [new Int32Array(reals.length), new Int32Array(reals.length)];
  const fractions = reals.slice();
  // The upper half of a binary64, second in memory, has sign, exponent, and the first bits of the fraction.
  const words = new Int32Array(fractions.buffer);
  for (let i = 0; i < reals.length; i++) {
    const word = words[2 * i + 1]!;
    let shift = (word >>> 20) - 1022;
    words[2 * i + 1] = (word & 0xfffff) | (1022 << 20);
    let multiplier = Math.round(fractions[i]! * 2 ** 31);
    if (shift < -31 || shift > mostShift || multiplier === 2 ** 31) {
      ({ multiplier, shift } = rest(reals[i]!));
    }
    multipliers[i] = multiplier;
    shifts[i] = shift;
  }
  return { multipliers, shifts };
}

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
