import type { Product, Range } from './layout.js';

const convert = new DataView(new ArrayBuffer(4));

function floatOf(bits: number): number {
  convert.setUint32(0, bits);
  return convert.getFloat32(0);
}

/** Bits of a number rounded to binary32, to nearest, ties to even, subnormals kept. */
function bitsOf(value: number): number {
  convert.setFloat32(0, value);
  return convert.getUint32(0);
}

const finite = (bits: number): boolean => (bits & 0x7f800000) !== 0x7f800000;

/**
 * Bits of binary32(a × b), round to nearest even; 0 when a factor is infinite or not a number. The product of two 24-bit
 * significands fits into a double, so that rounding happens once.
 */
export function productBits(aBits: number, bBits: number): number {
  return finite(aBits) && finite(bBits) ? bitsOf(floatOf(aBits) * floatOf(bBits)) : 0;
}

/**
 * Bits of binary32(a / b), round to nearest even; 0 when one is infinite or not a number, or b is 0. The double in between
 * changes nothing: a quotient of 24-bit significands differs from every middle m of two binary32 numbers by at least 2^-48 of
 * itself or not at all, since a - m b is a multiple of the last place of m b, and a double is nearer than that.
 */
export function quotientBits(aBits: number, bBits: number): number {
  if (!finite(aBits) || !finite(bBits) || (bBits & 0x7fffffff) === 0) return 0;
  return bitsOf(floatOf(aBits) / floatOf(bBits));
}

const magnitude = (bits: number): number => (bits & 0x7fffffff) >>> 0;
const zigzag = (difference: number): number => ((difference << 1) ^ (difference >> 31)) >>> 0;
const unzigzag = (code: number): number => (code >>> 1) ^ -(code & 1);

function words(data: Uint8Array) {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return {
    get: (at: number) => view.getUint32(at, true),
    set: (at: number, bits: number) => view.setUint32(at, bits >>> 0, true),
  };
}
type Words = ReturnType<typeof words>;

/** Element i of the target, from the sources as they are now. */
function predicted(data: Words, product: Exclude<Product, Range>, i: number): number {
  if (product.kind === 'product') return productBits(product.factor, data.get(product.source + 4 * i));
  const [a, b] = product.sources.map((source) => magnitude(data.get(source + 4 * i))) as [number, number];
  return quotientBits(Math.max(a, b), product.factor);
}

/** Smallest and largest of the int8 weights of a channel. */
function extremes(data: Uint8Array, { weights, count, inner, repeats }: Range, channel: number) {
  let [low, high] = [127, -128];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const first = weights + (repeat * count + channel) * inner;
    for (let at = first; at < first + inner; at++) {
      const weight = (data[at]! << 24) >> 24;
      if (weight < low) low = weight;
      if (weight > high) high = weight;
    }
  }
  return { low, high };
}

/** Which end of a channel's range is larger by its weights, and what the other one is if the larger is `large`. */
function rangeRule(data: Uint8Array, range: Range, channel: number) {
  const { low, high } = extremes(data, range, channel);
  const minimumLarger = -low >= high;
  const weight = bitsOf(minimumLarger ? high : low);
  const dead = low === 0 && high === 0;
  const other = (large: number): number =>
    dead ? large : productBits(quotientBits(magnitude(large), range.factor), weight);
  return { minimumLarger, other };
}

/** Replaces the target's elements by zigzag differences from what is predicted (the encoder's side). */
export function removeProduct(data: Uint8Array, product: Product): void {
  const view = words(data);
  for (let i = 0; i < product.count; i++) {
    const at = product.target + 4 * i;
    if (product.kind !== 'range') {
      view.set(at, zigzag((view.get(at) - predicted(view, product, i)) | 0));
      continue;
    }
    const maximumAt = product.maximum + 4 * i;
    const [minimum, maximum] = [view.get(at), view.get(maximumAt)];
    const { minimumLarger, other } = rangeRule(data, product, i);
    const large = minimumLarger ? (minimum ^ 0x80000000) >>> 0 : maximum;
    view.set(maximumAt, large);
    view.set(at, zigzag(((minimumLarger ? maximum : minimum) - other(large)) | 0));
  }
}

/** Replaces zigzag differences by the numbers they stand for (the decoder's side). */
export function restoreProduct(data: Uint8Array, product: Product): void {
  const view = words(data);
  for (let i = 0; i < product.count; i++) {
    const at = product.target + 4 * i;
    const difference = unzigzag(view.get(at));
    if (product.kind !== 'range') {
      view.set(at, predicted(view, product, i) + difference);
      continue;
    }
    const large = view.get(product.maximum + 4 * i);
    const { minimumLarger, other } = rangeRule(data, product, i);
    const small = other(large) + difference;
    view.set(at, minimumLarger ? large ^ 0x80000000 : small);
    view.set(product.maximum + 4 * i, minimumLarger ? small : large);
  }
}
