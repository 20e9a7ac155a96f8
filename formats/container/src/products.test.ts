import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter } from './bytes.js';
import { ContainerError } from './errors.js';
import type { Product, Range } from './layout.js';
import { readProducts, writeProducts } from './product-table.js';
import { productBits, quotientBits, removeProduct, restoreProduct } from './products.js';

const bitsOf = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0]!;
const divisor = bitsOf(127);

it('multiplies as IEEE 754 binary32 does', () => {
  expect(productBits(0x3f800000, 0x40490fdb)).toBe(0x40490fdb); // 1 × pi
  expect(productBits(0x00800000, 0x3f000000)).toBe(0x00400000); // smallest normal / 2 is subnormal
  expect(productBits(0x00000001, 0x3f000000)).toBe(0); // half of the smallest subnormal ties to even
  expect(productBits(0x00000003, 0x3f000000)).toBe(0x00000002); // 1.5 units tie to 2
  expect(productBits(0x7f7fffff, 0x40000000)).toBe(0x7f800000); // overflow
  expect(productBits(0x7fc00000, 0x3f800000)).toBe(0); // not a number: no prediction
});

it('divides as IEEE 754 binary32 does', () => {
  expect(quotientBits(0x3f800000, 0x40400000)).toBe(0x3eaaaaab); // 1 / 3
  expect(quotientBits(0xbf800000, 0x40400000)).toBe(0xbeaaaaab);
  expect(quotientBits(0x00000001, 0x40000000)).toBe(0); // half of the smallest subnormal ties to even
  expect(quotientBits(0x00000003, 0x40000000)).toBe(0x00000002); // 1.5 units tie to 2
  expect(quotientBits(0x00ffffff, 0x40000000)).toBe(0x00800000); // a tie at the edge of the normal numbers
  expect(quotientBits(0x7f7fffff, 0x3f000000)).toBe(0x7f800000); // overflow
  for (const [a, b] of [
    [0x7f800000, divisor],
    [0x7fc00001, divisor],
    [divisor, 0x7f800000],
    [divisor, 0],
    [divisor, 0x80000000],
  ])
    expect(quotientBits(a!, b!)).toBe(0); // infinite, not a number, or by zero: no prediction
});

/** a / b in exact integers: the binary32 number nearest to it, ties to even; for finite positive a and b. */
function exactQuotient(a: number, b: number): number {
  const parts = (bits: number) => {
    const exponent = (bits >>> 23) & 255;
    const fraction = bits & 0x7fffff;
    return exponent === 0
      ? { significand: fraction, scale: 0 }
      : { significand: fraction + 2 ** 23, scale: exponent - 1 };
  };
  const [x, y] = [parts(a), parts(b)];
  // In units of 2^-149, the smallest subnormal.
  const numerator = BigInt(x.significand) << BigInt(x.scale + 149);
  let unit = BigInt(y.significand) << BigInt(y.scale);
  let exponent = 0;
  for (; numerator / unit >= 2n ** 24n; exponent++) unit *= 2n;
  const floor = numerator / unit;
  const twice = 2n * (numerator - floor * unit);
  const rounded = Number(floor + (twice > unit || (twice === unit && floor % 2n === 1n) ? 1n : 0n));
  const bits = rounded < 2 ** 23 ? rounded : exponent * 2 ** 23 + rounded;
  return Math.min(bits, 0x7f800000);
}

it('rounds quotients once, whatever the exponents', () => {
  const positive = fc.oneof(fc.integer({ min: 1, max: 0x7f7fffff }), fc.integer({ min: 1, max: 0x01000000 }));
  fc.assert(
    fc.property(positive, positive, (a, b) => {
      expect(quotientBits(a, b)).toBe(exactQuotient(a, b));
    }),
    {
      seed: 5,
      numRuns: 3000,
      examples: [
        [3, 0x40000000],
        [0x00ffffff, 0x40000000],
        [0x7f7fffff, 1],
      ],
    },
  );
});

const product = (factor: number): Product => ({ kind: 'product', target: 16, source: 0, count: 4, factor });
const quotient = (factor: number): Product => ({
  kind: 'quotient',
  target: 16,
  sources: [0, 32],
  count: 4,
  factor,
});
const range = (factor: number): Product => {
  return { kind: 'range', target: 16, maximum: 0, count: 4, factor, weights: 35, inner: 3, repeats: 2 };
};

describe.each([product, quotient, range])('%o', (make) => {
  it('restores every target, whatever its bits and the factor', () => {
    const bits = fc.integer({ min: 0, max: 0xffffffff });
    const bytes = fc.uint8Array({ minLength: 64, maxLength: 64 });
    fc.assert(
      fc.property(bytes, fc.oneof(bits, fc.constant(divisor)), (data, factor) => {
        const changed = new Uint8Array(data);
        removeProduct(changed, make(factor));
        restoreProduct(changed, make(factor));
        expect(Buffer.compare(changed, data)).toBe(0);
      }),
      { seed: 3, numRuns: 300 },
    );
  });
});

it('leaves nothing of a target that is the product', () => {
  const view = new DataView(new ArrayBuffer(24));
  [0.1, 0.02, 3].forEach((scale, i) => {
    view.setFloat32(4 * i, scale, true);
    view.setFloat32(12 + 4 * i, Math.fround(scale) * Math.fround(0.0078), true);
  });
  const data = new Uint8Array(view.buffer);
  removeProduct(data, { kind: 'product', target: 12, source: 0, count: 3, factor: bitsOf(0.0078) });
  expect([...data.subarray(12)]).toEqual(new Array(12).fill(0));
});

/** Minimums, maximums, and the weights of three channels: larger minimum, larger maximum, dead. */
function ranges() {
  const data = new Uint8Array(30);
  const view = new DataView(data.buffer);
  [-1.27, -0.5, -3].forEach((value, i) => view.setFloat32(4 * i, value, true));
  [0.6404, 2.54, 3].forEach((value, i) => view.setFloat32(12 + 4 * i, value, true));
  data.set(Int8Array.of(-127, 64, -25, 127, 0, 0), 24);
  const found: Range = {
    kind: 'range',
    target: 0,
    maximum: 12,
    count: 3,
    factor: divisor,
    weights: 24,
    inner: 2,
    repeats: 1,
  };
  return { data, view, found };
}

it('leaves less than half a step of the smaller end of a range, and nothing of a dead channel', () => {
  const { data, view, found } = ranges();
  removeProduct(data, found);
  expect([12, 16, 20].map((at) => view.getFloat32(at, true))).toEqual([1.27, 2.54, 3].map(Math.fround));
  const step = bitsOf(0.6404) - bitsOf(0.64);
  expect(view.getUint32(0, true)).toBeGreaterThan(0);
  expect(view.getUint32(0, true) / 2).toBeLessThan(step + 3);
  expect(view.getUint32(4, true)).toBeLessThan(8);
  expect(view.getUint32(8, true)).toBe(0);
});

describe('entries', () => {
  const offsets = fc.nat(1000);
  const one = fc
    .tuple(
      fc.constantFrom(...(['product', 'quotient', 'range'] as const)),
      offsets,
      offsets,
      offsets,
      fc.integer({ min: 1, max: 200 }),
      fc.constantFrom(divisor, 7, 0),
    )
    .map(([kind, a, b, c, count, factor]): Product => {
      const base = { target: 4 * a, count, factor };
      if (kind === 'product') return { kind, ...base, source: 4 * b };
      if (kind === 'quotient') return { kind, ...base, sources: [4 * b, 4 * c] };
      return { kind, ...base, maximum: 4 * b, weights: c, inner: 1 + (a % 5), repeats: 1 + (b % 3) };
    });
  const write = (products: Product[]) => {
    const out = new ByteWriter();
    writeProducts(out, products);
    return out.finish();
  };

  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.array(one, { maxLength: 8 }), (products) => {
        const reader = new ByteReader(write(products), 0);
        expect(readProducts(reader, products.length, 40_000)).toEqual(products);
        expect(reader.remaining).toBe(0);
      }),
      { seed: 1 },
    );
  });

  it('are read or refused when damaged, and never leave the original', () => {
    fc.assert(
      fc.property(
        fc.array(one, { minLength: 1, maxLength: 6 }),
        fc.nat(),
        fc.nat(255),
        (products, at, value) => {
          const bytes = write(products);
          bytes[at % bytes.length] = value;
          try {
            for (const found of readProducts(new ByteReader(bytes, 0), products.length, 5000)) {
              const ends = [found.target, ...(found.kind === 'quotient' ? found.sources : [])].map(
                (v) => v + 4 * found.count,
              );
              expect(Math.max(...ends)).toBeLessThanOrEqual(5000);
            }
          } catch (error) {
            expect(error).toBeInstanceOf(ContainerError);
          }
        },
      ),
      { seed: 2, numRuns: 500 },
    );
  });

  it.each([
    ['a fourth kind', [8 + 4 + 3, 0, 0]],
    ['no elements', [4, 0, 0]],
    ['more elements than words', [8 * 26 + 4, 0, 0]],
    ['a target before the start', [8 + 4, 1, 2]],
    ['a source at the end', [8 + 4, 0, 50]],
    ['weights beyond the end', [8 + 4 + 2, 0, 2, 0, 101, 1]],
    ['channels of no weights', [8 + 4 + 2, 0, 2, 0, 0, 1]],
    ['weights that repeat beyond the end', [8 + 4 + 2, 0, 2, 60, 35, 2]],
    ['more weights than the original has bytes', [8 + 4 + 2, 0, 2, 0, 60, 1, 8 + 4 + 2, 0, 2, 119, 60, 1]],
  ])('refuse %s', (_, bytes) => {
    const read = () => readProducts(new ByteReader(Uint8Array.from(bytes), 0), 2, 100);
    expect(read).toThrow(expect.objectContaining({ code: 'DAMAGED' }));
    expect(read).toThrow(/product|weights|range|channels/);
  });
});
