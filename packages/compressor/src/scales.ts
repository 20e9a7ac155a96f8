import type { Product } from '@weightfold/container';
import type { Model } from '@weightfold/tflite';
import type { Region } from './regions.js';
import { VectorFinder } from './vector-finder.js';

/** Vectors shorter than this stay in the structure stream. */
const shortest = 4;

type Tensor = Model['subgraphs'][number]['tensors'][number];

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
function locateVectors(bytes: Uint8Array, model: Model, buffers: Region[]) {
  const lengths = new Set(
    model.subgraphs
      .flatMap(({ tensors }) => tensors.map(({ quantization }) => quantization))
      .flatMap((q) => (q ? [q.scale.length, q.min.length, q.max.length] : []))
      .filter((length) => length >= shortest),
  );
  const finder = new VectorFinder(bytes, buffers, lengths);
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

/** The products so far, and which words of the file they change or read: vectors start at multiples of 4. */
class Products {
  readonly all: Product[] = [];
  readonly #targets: Uint8Array;
  readonly #sources: Uint8Array;

  constructor(fileLength: number) {
    this.#targets = new Uint8Array(Math.ceil(fileLength / 4));
    this.#sources = new Uint8Array(Math.ceil(fileLength / 4));
  }

  /** Adds a product unless it clashes: a vector that lies inside of another would be restored from what are differences still. */
  add(candidate: Product | null): void {
    if (!candidate) return;
    const { target, source, count } = candidate;
    if (target < source + 4 * count && source < target + 4 * count) return;
    const [to, from] = [target / 4, source / 4];
    for (let i = 0; i < count; i++)
      if (this.#targets[to + i] || this.#sources[to + i] || this.#targets[from + i]) return;
    this.#targets.fill(1, to, to + count);
    this.#sources.fill(1, from, from + count);
    this.all.push(candidate);
  }
}

/**
 * Where scales stand in the file, and which follow from others: the scales of a bias are input scale × weight scales; a
 * symmetric min is -max, and a weight's scale is its largest magnitude / 127.
 */
export function locateScales(bytes: Uint8Array, model: Model, buffers: Region[]) {
  const vectors = locateVectors(bytes, model, buffers);
  const products = new Products(bytes.length);
  for (const graph of model.subgraphs) {
    for (const { inputs } of graph.operators) {
      const tensors = [...inputs].filter((i) => i >= 0).map((i) => graph.tensors[i]!);
      const single = tensors.find((tensor) => tensor.quantization?.scale.length === 1);
      const channels = tensors.map((tensor) => vectors.get(tensor)?.scale).filter((v) => v != null);
      const [source, target] = channels;
      if (single && source && target) products.add(product(target, source, single.quantization!.scale[0]!));
    }
  }
  for (const { scale, min, max } of vectors.values()) {
    if (min && max) products.add(product(min, max, -1));
    if (scale && max) products.add(product(max, scale, 127));
  }
  return { products: products.all, regions: vectorRegions(vectors) };
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
