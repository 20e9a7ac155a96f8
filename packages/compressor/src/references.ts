import { type References, type Span, storeReferences, wordPlaces } from '@weightfold/container';

/** Bytes that a vtable and its table may have: those of TensorFlow Lite are below 80 and 100. */
const largestVtable = 128;
const largestTable = 1024;
/** Fewest links one after another that are taken for a vector of them: a small number may happen to lead to a table. */
const shortestVector = 3;

/**
 * Whether a flatbuffer's vtable may be at `at`: its own size, its table's size, and places of fields inside of that, all of 16 bits
 * (FlatBuffers, "Internals").
 */
function isVtable(view: DataView, at: number): boolean {
  if (at < 0 || at % 2 !== 0 || at + 4 > view.byteLength) return false;
  const size = view.getUint16(at, true);
  const tableSize = view.getUint16(at + 2, true);
  if (size < 4 || size > largestVtable || size % 2 !== 0 || at + size > view.byteLength) return false;
  if (tableSize < 4 || tableSize > largestTable) return false;
  for (let field = at + 4; field < at + size; field += 2)
    if (view.getUint16(field, true) >= tableSize) return false;
  return true;
}

/** The longest runs of neighbouring words that lead to tables. */
function findLinks(places: number[], isLink: (place: number) => boolean): number[] {
  const links: number[] = [];
  for (let first = 0; first < places.length; ) {
    let end = first;
    while (end < places.length && places[end] === places[first]! + 4 * (end - first) && isLink(places[end]!))
      end++;
    if (end - first >= shortestVector) links.push(...places.slice(first, end));
    first = Math.max(end, first + 1);
  }
  return links;
}

function findReferences(data: Uint8Array, spans: readonly Span[]): References {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const places = [...wordPlaces(spans)];
  const distance = (place: number): number => view.getInt32(place, true);
  const tables = places.filter((place) => distance(place) !== 0 && isVtable(view, place - distance(place)));
  const isTable = new Set(tables);
  const isLink = (place: number): boolean => !isTable.has(place) && isTable.has(place + distance(place));
  return { tables, links: findLinks(places, isLink) };
}

/**
 * Makes the references of a flatbuffer alike: which tables have which vtable, and which table follows which in a vector, instead of
 * distances in bytes.
 *
 * @param data the whole model; changed in place
 * @param spans those of the block that the model's structure is in
 * @returns their mark, 0 when there was nothing to change
 */
export function replaceReferences(data: Uint8Array, spans: readonly Span[]): number {
  const references = findReferences(data, spans);
  return references.tables.length > 0 ? storeReferences(data, spans, references) : 0;
}
