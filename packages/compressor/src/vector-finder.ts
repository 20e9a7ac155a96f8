import type { Region } from './regions.js';

/** The bytes of a flatbuffer vector of binary32: length, then elements. */
function vectorBytes(values: Float32Array): Buffer {
  const bytes = Buffer.alloc(4 + 4 * values.length);
  bytes.writeUInt32LE(values.length, 0);
  values.forEach((value, i) => {
    bytes.writeFloatLE(value, 4 + 4 * i);
  });
  return bytes;
}

/** Places of vectors with the same length, first and last elements, in order; those before `free` are all taken. */
interface Places {
  offsets: number[];
  free: number;
}

/**
 * Finds vectors by their bytes outside the buffers, each place once, so that equal vectors find different places. One pass over
 * the file notes every place where a vector of a wanted length may stand: models have tens of thousands of vectors.
 */
export class VectorFinder {
  readonly #file: Buffer;
  readonly #places = new Map<string, Places>();
  readonly #taken = new Set<number>();

  /** @param lengths of the vectors that will be asked for, each at least 1 */
  constructor(bytes: Uint8Array, buffers: Region[], lengths: ReadonlySet<number>) {
    this.#file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let start = 0;
    for (const { offset, length } of buffers) {
      this.#note(start, offset, lengths);
      start = Math.max(start, offset + length);
    }
    this.#note(start, bytes.length, lengths);
  }

  #note(start: number, end: number, lengths: ReadonlySet<number>): void {
    for (let at = (start + 3) & ~3; at + 8 <= end; at += 4) {
      const length = this.#file.readUInt32LE(at);
      if (!lengths.has(length) || at + 4 + 4 * length > end) continue;
      const key = keyOf(this.#file, at, length);
      const places = this.#places.get(key);
      if (places) places.offsets.push(at);
      else this.#places.set(key, { offsets: [at], free: 0 });
    }
  }

  /** Offset of the first element, or -1. */
  find(values: Float32Array): number {
    const pattern = vectorBytes(values);
    const places = this.#places.get(keyOf(pattern, 0, values.length));
    if (!places) return -1;
    while (this.#taken.has(places.offsets[places.free]!)) places.free++;
    for (let i = places.free; i < places.offsets.length; i++) {
      const at = places.offsets[i]!;
      if (this.#taken.has(at) || pattern.compare(this.#file, at, at + pattern.length) !== 0) continue;
      this.#taken.add(at);
      return at + 4;
    }
    return -1;
  }
}

/** What vectors are told apart by at first: length, first two elements and the last. */
function keyOf(bytes: Buffer, at: number, length: number): string {
  return (
    bytes.toString('latin1', at, at + 12) + bytes.toString('latin1', at + 4 * length, at + 4 * length + 4)
  );
}
