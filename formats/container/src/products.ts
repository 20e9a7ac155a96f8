import type { Product } from './layout.js';

const convert = new DataView(new ArrayBuffer(4));

function floatOf(bits: number): number {
  convert.setUint32(0, bits);
  return convert.getFloat32(0);
}

/** Bits of binary32(a × b), round to nearest even; 0 when a factor is infinite or not a number. */
export function productBits(aBits: number, bBits: number): number {
  if ((aBits & 0x7f800000) === 0x7f800000 || (bBits & 0x7f800000) === 0x7f800000) return 0;
  convert.setFloat32(0, floatOf(aBits) * floatOf(bBits));
  return convert.getUint32(0);
}

/** Applies `change(stored or true bits, predicted bits)` to every element of the target, in place. */
function forEachElement(
  data: Uint8Array,
  product: Product,
  change: (bits: number, predicted: number) => number,
): void {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  for (let i = 0; i < product.count; i++) {
    const predicted = productBits(product.factor, view.getUint32(product.source + 4 * i, true));
    const at = product.target + 4 * i;
    view.setUint32(at, change(view.getUint32(at, true), predicted), true);
  }
}

/** Replaces the target's elements by zigzag differences from the prediction (the encoder's side). */
export function removeProduct(data: Uint8Array, product: Product): void {
  forEachElement(data, product, (bits, predicted) => {
    const difference = (bits - predicted) | 0;
    return ((difference << 1) ^ (difference >> 31)) >>> 0;
  });
}

/** Replaces zigzag differences by the numbers they stand for (the decoder's side). */
export function restoreProduct(data: Uint8Array, product: Product): void {
  forEachElement(data, product, (stored, predicted) => {
    return (predicted + ((stored >>> 1) ^ -(stored & 1))) >>> 0;
  });
}
