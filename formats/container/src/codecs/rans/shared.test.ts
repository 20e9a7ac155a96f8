import { describe, expect, it } from 'vitest';
import { openContainer } from '../../container.js';
import { type EncodedBlock, encodeContainer } from '../../encode.js';
import { decodeRans } from './decode.js';
import { encodeRans, encodeRansPlan } from './encode.js';
import { fitCodedTables } from './fit-coded.js';
import { planShared, planSingle } from './plan.js';
import { TablePool } from './pool.js';
import { noEnvironment, readSharedTables, sharedLimits, writeSharedTables } from './shared.js';

/** Sums of two dice of `size` sides around zero, from Numerical Recipes' generator. */
function dice(length: number, size: number, seed: number): Uint8Array {
  let state = seed;
  const roll = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * size);
  };
  return Uint8Array.from({ length }, () => (roll() + roll() - size + 1) & 255);
}

function countsOf(data: Uint8Array): Float64Array {
  const counts = new Float64Array(256);
  for (const byte of data) counts[byte]!++;
  return counts;
}

const kinds = [4, 30, 110].map((size, i) => dice(6000, size, i + 1));
const pool = new TablePool(kinds.map((data) => fitCodedTables([countsOf(data)], true).tables[0]!));
const environment = {
  sharedTables: readSharedTables(writeSharedTables(pool.tables), pool.size, 0),
};
const shared = (data: Uint8Array, rowLengths: number[] = []) =>
  encodeRansPlan(data, planShared(data, rowLengths, planSingle(data, true), pool));

describe('shared tables', () => {
  it('cost a small block fewer than 8 bytes beside its symbols', () => {
    const data = kinds[1]!.subarray(0, 500);
    const coded = shared(data);
    const bits = pool.best(countsOf(data)).bits;
    expect(coded.length).toBeLessThan(bits / 8 + 8);
    expect(decodeRans(coded, 500, 0, environment)).toEqual(data);
    expect(coded.length).toBeLessThan(encodeRans(data, { thorough: true }).length);
  });

  it('are chosen row by row, and a row costs about a bit', () => {
    const data = Uint8Array.from({ length: 6144 }, (_, i) => kinds[(i >> 6) % 3]![i >> 1]!);
    const coded = shared(data, [64]);
    expect(decodeRans(coded, data.length, 0, environment)).toEqual(data);
    const apart = [0, 1, 2].reduce((sum, k) => {
      const rows = data.filter((_, i) => (i >> 6) % 3 === k);
      return sum + pool.bits(countsOf(rows), k);
    }, 0);
    expect(8 * coded.length).toBeLessThan(apart + 2 * 96 + 100);
  });

  it('are refused where there are none', () => {
    const coded = shared(kinds[0]!);
    expect(() => decodeRans(coded, 6000, 0, noEnvironment)).toThrow(/shared table of a rANS block/);
  });

  it('are refused with bytes left over, or in a number that they do not have', () => {
    const bytes = writeSharedTables(pool.tables);
    expect(() => readSharedTables(bytes, 2, 7)).toThrow(/all bytes to be used for shared tables/);
    expect(() => readSharedTables(bytes.subarray(0, 4), 3, 7)).toThrow(/at byte 7/);
  });

  it('are there for random access to one block', () => {
    const blocks = kinds.map((data, id): EncodedBlock => {
      return { kind: 'tensor', id, codec: 'rans', data, coded: shared(data) };
    });
    const spans = kinds.map((data, block) => ({ offset: 6000 * block, length: data.length, block }));
    const input = { original: Buffer.concat(kinds), blocks, spans, products: [], sharedTables: pool.tables };
    expect(Buffer.compare(openContainer(encodeContainer(input)).decodeBlock(2), kinds[2]!)).toBe(0);
    const many = Array.from({ length: sharedLimits.tables + 1 }, () => pool.tables[0]!);
    expect(() => encodeContainer({ ...input, sharedTables: many })).toThrow(/number of shared tables/);
  });
});

describe('frequencies that add up to less', () => {
  it.each([8, 9, 10, 11])('2^%i: one table, one state', (totalLog2) => {
    const options = { thorough: true, classes: false, lanes: 1, totalLog2, rowLengths: [64] };
    for (const data of [...kinds, new Uint8Array(9000)]) {
      const coded = encodeRans(data, options);
      expect(coded[0]).toBe((totalLog2 - 8) << 4);
      expect(decodeRans(coded, data.length, 0, noEnvironment)).toEqual(data);
    }
  });
});
