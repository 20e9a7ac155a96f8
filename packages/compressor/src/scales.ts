import type { Product } from '@weightfold/container';
import type { Model } from '@weightfold/tflite';
import type { Region } from './regions.js';

/** Vectors shorter than this stay in the structure stream. */
const shortest = 4;

type Tensor = Model['subgraphs'][number]['tensors'][number];

/** The bytes of a flatbuffer vector of binary32: length, then elements. */
function vectorBytes(values: number[]): Buffer {
  const bytes = Buffer.alloc(4 + 4 * values.length);
  bytes.writeUInt32LE(values.length, 0);
  values.forEach((value, i) => {
    bytes.writeFloatLE(value, 4 + 4 * i);
  });
  return bytes;
}

/** Finds vectors by their bytes outside the buffers, each place once, so that equal vectors find different places. */
class VectorFinder {
  readonly #file: Buffer;
  readonly #gaps: { start: number; end: number }[] = [];
  readonly #taken = new Set<number>();

  constructor(bytes: Uint8Array, buffers: Region[]) {
    this.#file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let start = 0;
    for (const { offset, length } of buffers) {
      if (offset > start) this.#gaps.push({ start, end: offset });
      start = offset + length;
    }
    this.#gaps.push({ start, end: bytes.length });
  }

  /** Offset of the first element, or -1. */
  find(values: number[]): number {
    const pattern = vectorBytes(values);
    for (const { start, end } of this.#gaps) {
      let at = start - 1;
      for (;;) {
        at = this.#file.subarray(0, end).indexOf(pattern, at + 1);
        if (at < 0) break;
        if (at % 4 === 0 && !this.#taken.has(at)) {
          this.#taken.add(at);
          return at + 4;
        }
      }
    }
    return -1;
  }
}

/** Bits of a number as binary32. */
function floatBits(value: number): number {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes.readUInt32LE();
}

interface Located {
  values: number[];
  offset: number;
}

/** True when factor × source is within a few units in the last place of most targets, so that differences are small. */
function fits(target: number[], source: number[], factor: number): boolean {
  const close = target.filter((value, i) => Math.abs(value - factor * source[i]!) <= 1e-6 * Math.abs(value));
  return close.length * 4 >= target.length * 3;
}

/** Scale, min and max vectors of every tensor with per-channel quantization, where they are in the file. */
function locateVectors(model: Model, finder: VectorFinder) {
  const found = new Map<Tensor, Record<'scale' | 'min' | 'max', Located | null>>();
  for (const graph of model.subgraphs) {
    for (const tensor of graph.tensors) {
      const locate = (values: number[] | undefined): Located | null => {
        if (!values || values.length < shortest) return null;
        const offset = finder.find(values);
        return offset < 0 ? null : { values, offset };
      };
      const q = tensor.quantization;
      found.set(tensor, { scale: locate(q?.scale), min: locate(q?.min), max: locate(q?.max) });
    }
  }
  return found;
}

function product(target: Located, source: Located, factor: number): Product | null {
  if (target.values.length !== source.values.length || !fits(target.values, source.values, factor))
    return null;
  return {
    target: target.offset,
    source: source.offset,
    count: target.values.length,
    factor: floatBits(factor),
  };
}

type Side = 'target' | 'source';

/** Whether the bytes of two vectors have any in common. */
function overlap(a: Product, sideOfA: Side, b: Product, sideOfB: Side): boolean {
  const [from, other] = [a[sideOfA], b[sideOfB]];
  return from < other + 4 * b.count && other < from + 4 * a.count;
}

/**
 * Where scales stand in the file, and which follow from others: the scales of a bias are input scale × weight scales; a
 * symmetric min is -max, and a weight's scale is its largest magnitude / 127.
 */
export function locateScales(bytes: Uint8Array, model: Model, buffers: Region[]) {
  const vectors = locateVectors(model, new VectorFinder(bytes, buffers));
  const products: Product[] = [];
  const add = (candidate: Product | null): boolean => {
    if (!candidate || overlap(candidate, 'target', candidate, 'source')) return false;
    // A vector that is found inside of another would be restored from bytes that are differences still.
    const clash = (one: Product) =>
      overlap(candidate, 'target', one, 'target') ||
      overlap(candidate, 'target', one, 'source') ||
      overlap(candidate, 'source', one, 'target');
    if (products.some(clash)) return false;
    products.push(candidate);
    return true;
  };
  for (const graph of model.subgraphs) {
    for (const { inputs } of graph.operators) {
      const tensors = [...inputs].filter((i) => i >= 0).map((i) => graph.tensors[i]!);
      const single = tensors.find((tensor) => tensor.quantization?.scale.length === 1);
      const channels = tensors.map((tensor) => vectors.get(tensor)?.scale).filter((v) => v != null);
      const [source, target] = channels;
      if (single && source && target) add(product(target, source, single.quantization!.scale[0]!));
    }
  }
  for (const { scale, min, max } of vectors.values()) {
    if (min && max) add(product(min, max, -1));
    if (scale && max) add(product(max, scale, 127));
  }
  return { products, regions: vectorRegions(vectors) };
}

function vectorRegions(vectors: ReturnType<typeof locateVectors>): Region[] {
  return [...vectors.values()].flatMap((found) =>
    Object.values(found).flatMap((located): Region[] => {
      if (!located) return [];
      return [
        { kind: 'scales', offset: located.offset, length: 4 * located.values.length, id: 0, tensor: null },
      ];
    }),
  );
}
