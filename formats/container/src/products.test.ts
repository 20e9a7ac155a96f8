import fc from 'fast-check';
import { expect, it } from 'vitest';
import { productBits, removeProduct, restoreProduct } from './products.js';

it('multiplies as IEEE 754 binary32 does', () => {
  expect(productBits(0x3f800000, 0x40490fdb)).toBe(0x40490fdb); // 1 × pi
  expect(productBits(0x00800000, 0x3f000000)).toBe(0x00400000); // smallest normal / 2 is subnormal
  expect(productBits(0x00000001, 0x3f000000)).toBe(0); // half of the smallest subnormal ties to even
  expect(productBits(0x00000003, 0x3f000000)).toBe(0x00000002); // 1.5 units tie to 2
  expect(productBits(0x7f7fffff, 0x40000000)).toBe(0x7f800000); // overflow
  expect(productBits(0x7fc00000, 0x3f800000)).toBe(0); // not a number: no prediction
});

it('restores every target, whatever its bits and the factor', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.integer({ min: 0, max: 0xffffffff }),
      (data, factor) => {
        const product = { target: 16, source: 0, count: 4, factor };
        const changed = new Uint8Array(data);
        removeProduct(changed, product);
        restoreProduct(changed, product);
        expect(Buffer.compare(changed, data)).toBe(0);
      },
    ),
    { seed: 3 },
  );
});

it('leaves nothing of a target that is the product', () => {
  const view = new DataView(new ArrayBuffer(24));
  [0.1, 0.02, 3].forEach((scale, i) => {
    view.setFloat32(4 * i, scale, true);
    view.setFloat32(12 + 4 * i, Math.fround(scale) * Math.fround(0.0078), true);
  });
  view.setFloat32(20, view.getFloat32(8, true) * Math.fround(0.0078), true);
  const factor = new Uint32Array(Float32Array.of(0.0078).buffer)[0]!;
  const data = new Uint8Array(view.buffer);
  removeProduct(data, { target: 12, source: 0, count: 3, factor });
  expect([...data.subarray(12)]).toEqual(new Array(12).fill(0));
});
