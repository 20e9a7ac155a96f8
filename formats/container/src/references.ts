import { damaged } from './errors.js';
import type { Span } from './layout.js';

/** Most tables that a file may name: decoders keep their places. */
const mostTables = 65536;
/** The highest bytes of stored words: an even one of tables, and the next one of links. Restored words have others. */
export const markLimits = { least: 0x80, most: 0xfc };
const payload = 0xffffff;

/** Places of words in the original, in order: see SPEC.md, "References". */
export interface References {
  /** Words that say how far before them (or, negative, after them) their table's vtable is. */
  tables: readonly number[];
  /** Words that say how far after them one of these tables is. */
  links: readonly number[];
}

const viewOf = (data: Uint8Array): DataView => new DataView(data.buffer, data.byteOffset, data.byteLength);
const markOf = (word: number): number => word >>> 24;

/** Places of the words of four bytes that lie whole in one of the spans, in order. */
export function* wordPlaces(spans: readonly Span[]): Generator<number> {
  for (const { offset, length } of spans)
    for (let place = (offset + 3) & ~3; place + 4 <= offset + length; place += 4) yield place;
}

/** The least mark such that no word has it or the next one, 0 without one. */
function unusedMark(view: DataView, spans: readonly Span[]): number {
  const used = new Set<number>();
  for (const place of wordPlaces(spans)) used.add(markOf(view.getUint32(place, true)) & ~1);
  for (let mark = markLimits.least; mark <= markLimits.most; mark += 2) if (!used.has(mark)) return mark;
  return 0;
}

/**
 * Replaces references by words that repeat where references do not (the encoder's side): tables of one kind share a vtable, and those
 * that a vector lists follow one another.
 *
 * @param data the whole file
 * @param spans of the block that holds the words
 * @returns the mark of tables; 0, with nothing replaced, when every mark is in use by other words
 */
export function storeReferences(data: Uint8Array, spans: readonly Span[], references: References): number {
  const view = viewOf(data);
  const mark = unusedMark(view, spans);
  if (mark === 0) return 0;
  const vtableOf = (place: number): number => place - view.getInt32(place, true);
  const isStored = (place: number): boolean => vtableOf(place) >= 0 && vtableOf(place) <= payload;
  const tables = references.tables.filter(isStored).slice(0, mostTables);
  const numbers = new Map(tables.map((place, number) => [place, number]));
  const store = (place: number, highest: number, value: number): void =>
    view.setUint32(place, highest * 2 ** 24 + value, true);
  let before = 0;
  for (const place of references.links) {
    const number = numbers.get(place + view.getInt32(place, true));
    if (number === undefined) continue;
    store(place, mark + 1, number < before ? 2 * (before - number) - 1 : 2 * (number - before));
    before = number;
  }
  for (const place of tables) store(place, mark, vtableOf(place));
  return mark;
}

/**
 * Replaces stored words by the references that they stand for (the decoder's side).
 *
 * @param data the original, the words of `spans` as they were decoded
 * @param mark of tables
 * @param offset where their block begins in the container, for messages
 */
export function restoreReferences(
  data: Uint8Array,
  spans: readonly Span[],
  mark: number,
  offset: number,
): void {
  const view = viewOf(data);
  const tables: number[] = [];
  for (const place of wordPlaces(spans)) {
    const word = view.getUint32(place, true);
    if (markOf(word) !== mark) continue;
    if (tables.length === mostTables)
      throw damaged(offset, 'tables of references', `at most ${mostTables}`, 'more');
    tables.push(place);
    view.setUint32(place, (place - (word & payload)) >>> 0, true);
  }
  let number = 0;
  for (const place of wordPlaces(spans)) {
    const word = view.getUint32(place, true);
    if (markOf(word) !== mark + 1) continue;
    const code = word & payload;
    number += code & 1 ? -(code + 1) / 2 : code / 2;
    const table = tables[number];
    if (table === undefined)
      throw damaged(offset, 'table of a reference', `below ${tables.length}`, `${number}`);
    view.setUint32(place, (table - place) >>> 0, true);
  }
}
