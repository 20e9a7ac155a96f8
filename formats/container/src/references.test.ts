import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ContainerError } from './errors.js';
import type { Span } from './layout.js';
import { restoreReferences, storeReferences, wordPlaces } from './references.js';

const span = (offset: number, length: number): Span => ({ offset, length, block: 0 });
const bytesOf = (...words: number[]) => new Uint8Array(Uint32Array.from(words).buffer);
const wordsOf = (data: Uint8Array) => [...new Uint32Array(new Uint8Array(data).buffer)];

it('stores vtables by their place and links by the number of their table', () => {
  // Words 3 and 5 are tables whose vtable is at byte 4, word 6 is one whose vtable is at byte 28; words 0 and 2 lead to the second and the first.
  const words = [20, 0x00040004, 4, 8, 9, 16, 0xfffffffc, 0x00040004];
  const data = bytesOf(...words);
  expect(storeReferences(data, [span(0, 32)], { tables: [12, 20, 24], links: [0, 8] })).toBe(0x80);
  // Table 1 is one after 0 (zigzag 2), table 0 is one before it (zigzag 1).
  expect(wordsOf(data)).toEqual([
    0x81000002, 0x00040004, 0x81000001, 0x80000004, 9, 0x80000004, 0x8000001c, 0x00040004,
  ]);
  restoreReferences(data, [span(0, 32)], 0x80, 0);
  expect(wordsOf(data)).toEqual(words);
});

it('takes words whole in one span, at multiples of four', () => {
  expect([...wordPlaces([span(1, 7), span(8, 6), span(14, 2), span(16, 3), span(20, 4)])]).toEqual([
    4, 8, 20,
  ]);
});

const files = fc.record({
  words: fc.array(fc.oneof(fc.integer({ min: -200, max: 200 }), fc.integer()), { maxLength: 60 }),
  from: fc.nat(9),
  chosen: fc.array(fc.constantFrom('none', 'table', 'link'), { minLength: 60, maxLength: 60 }),
});

it('restores what it stored, or stores nothing', () => {
  fc.assert(
    fc.property(files, ({ words, from, chosen }) => {
      const original = bytesOf(...words.map((word) => word >>> 0));
      const spans = [span(from, Math.max(0, original.length - from))];
      const places = [...wordPlaces(spans)];
      const of = (kind: string) => places.filter((place) => chosen[place / 4] === kind);
      const data = new Uint8Array(original);
      const mark = storeReferences(data, spans, { tables: of('table'), links: of('link') });
      if (mark > 0) restoreReferences(data, spans, mark, 0);
      expect(data).toEqual(original);
    }),
  );
});

it('takes a mark that no other word has, and does without where there is none', () => {
  const marked = (marks: number[]) => bytesOf(0x00040004, 4, ...marks.map((mark) => mark * 2 ** 24));
  const store = (data: Uint8Array) =>
    storeReferences(data, [span(0, data.length)], { tables: [4], links: [] });
  expect(store(marked([0x80, 0x83]))).toBe(0x84);
  const full = marked(Array.from({ length: 63 }, (_, i) => 0x81 + 2 * i));
  const data = new Uint8Array(full);
  expect(store(data)).toBe(0);
  expect(data).toEqual(full);
});

it('refuses links to tables that are not there', () => {
  for (const code of [1, 2, 0xffffff])
    expect(() => restoreReferences(bytesOf(0x80000000, 0x81000000 + code), [span(0, 8)], 0x80, 77)).toThrow(
      ContainerError,
    );
});
