import { type Product, type Range, removeProduct } from '@weightfold/container';
import { dtypeName, type Model } from '@weightfold/tflite';
import { Products } from './products.js';
import type { Region } from './regions.js';
import { VectorFinder } from './vector-finder.js';

/** Vectors shorter than this stay in the structure stream. */
const shortest = 4;
/** Symmetric int8 weights reach from -127 to 127. */
const symmetricSteps = 127;

type Tensor = Model['subgraphs'][number]['tensors'][number];

/** Bits of a number as binary32. */
function floatBits(value: number): number {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes.readUInt32LE();
}

interface Located {
  values: Float32Array;
  offset: number;
}

type Vectors = Record<'scale' | 'min' | 'max', Located | null>;

/** True when most targets are within a few units in the last place of what is predicted, so that differences are small. */
function fits(target: Float32Array, predicted: (i: number) => number): boolean {
  const close = target.filter((value, i) => Math.abs(value - predicted(i)) <= 1e-6 * Math.abs(value));
  return close.length * 4 >= target.length * 3;
}

/** Scale, min and max vectors of every tensor with per-channel quantization, where they are in the file. */
function locateVectors(bytes: Uint8Array, model: Model, buffers: Region[]): Map<Tensor, Vectors> {
  const lengths = new Set(
    model.subgraphs
      .flatMap(({ tensors }) => tensors.map(({ quantization }) => quantization))
      .flatMap((q) => (q ? [q.scale.length, q.min.length, q.max.length] : []))
      .filter((length) => length >= shortest),
  );
  const finder = new VectorFinder(bytes, buffers, lengths);
  const found = new Map<Tensor, Vectors>();
  for (const graph of model.subgraphs) {
    for (const tensor of graph.tensors) {
      const locate = (values: Float32Array | undefined): Located | null => {
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
  if (target.values.length !== source.values.length) return null;
  if (!fits(target.values, (i) => factor * source.values[i]!)) return null;
  return {
    kind: 'product',
    target: target.offset,
    source: source.offset,
    count: target.values.length,
    factor: floatBits(factor),
  };
}

/** A scale that is its channel's largest magnitude / 127. */
function quotient(scale: Located, min: Located, max: Located): Product | null {
  const count = scale.values.length;
  if (min.values.length !== count || max.values.length !== count) return null;
  const larger = (i: number) => Math.max(Math.abs(min.values[i]!), Math.abs(max.values[i]!));
  if (!fits(scale.values, (i) => larger(i) / symmetricSteps)) return null;
  const sources: [number, number] = [min.offset, max.offset];
  return { kind: 'quotient', target: scale.offset, sources, count, factor: floatBits(symmetricSteps) };
}

/** The ranges of a tensor's channels, from its weights. */
function range(bytes: Uint8Array, model: Model, tensor: Tensor, min: Located, max: Located): Range | null {
  const count = min.values.length;
  const dimension = tensor.quantization!.quantizedDimension;
  const size = (dimensions: number[]) => dimensions.reduce((a, b) => a * b, 1);
  const weights = model.buffers[tensor.buffer]!;
  const inner = size(tensor.shape.slice(dimension + 1));
  const repeats = size(tensor.shape.slice(0, dimension));
  const apt = dtypeName(tensor.type) === 'int8' && max.values.length === count;
  if (!apt || inner * repeats < 1 || weights.length !== count * inner * repeats) return null;
  return {
    kind: 'range',
    target: min.offset,
    maximum: max.offset,
    count,
    weights: weights.byteOffset - bytes.byteOffset,
    inner,
    repeats,
    factor: floatBits(symmetricSteps),
  };
}

/** Bits of the differences that a range leaves of its minimums, about. */
function rangeBits(bytes: Uint8Array, found: Range): number {
  const { target, maximum, count, weights, inner, repeats } = found;
  const size = 4 * count;
  const vectors = [bytes.subarray(target, target + size), bytes.subarray(maximum, maximum + size)];
  const copy = new Uint8Array(
    Buffer.concat([...vectors, bytes.subarray(weights, weights + count * inner * repeats)]),
  );
  removeProduct(copy, { ...found, target: 0, maximum: size, weights: 2 * size });
  return differenceBits(new Uint32Array(copy.buffer, 0, count));
}

/** The same for minimums that are taken to be -maximums. */
function symmetricBits(min: Located, max: Located): number {
  const bits = (values: Float32Array) => new Int32Array(values.slice().buffer);
  const negated = bits(max.values.map((value) => -value));
  return differenceBits(Array.from(bits(min.values), (value, i) => 2 * (value - negated[i]!)));
}

function differenceBits(differences: Iterable<number>): number {
  let bits = 0;
  for (const difference of differences) bits += Math.log2(1 + Math.abs(difference));
  return bits;
}

/** How the range of a tensor's channels is restored: by its weights, or where min is -max. */
function rangeProduct(
  bytes: Uint8Array,
  model: Model,
  tensor: Tensor,
  min: Located,
  max: Located,
): Product | null {
  const symmetric = product(min, max, -1);
  const found = range(bytes, model, tensor, min, max);
  if (!found || (symmetric && symmetricBits(min, max) <= rangeBits(bytes, found))) return symmetric;
  return found;
}

/** The products of a tensor's own vectors. */
function addRanges(bytes: Uint8Array, model: Model, vectors: Map<Tensor, Vectors>, products: Products): void {
  for (const [tensor, { scale, min, max }] of vectors) {
    if (!min || !max) continue;
    const scaled = scale && quotient(scale, min, max);
    const ranges = scaled ? rangeProduct(bytes, model, tensor, min, max) : product(min, max, -1);
    if (ranges) products.add(ranges);
    if (scaled) products.add(scaled);
  }
}

/** Bias scales that are input scale × weight scale. */
function addBiasScales(model: Model, vectors: Map<Tensor, Vectors>, products: Products): void {
  for (const graph of model.subgraphs) {
    for (const { inputs } of graph.operators) {
      const tensors = [...inputs].filter((i) => i >= 0).map((i) => graph.tensors[i]!);
      const single = tensors.find((tensor) => tensor.quantization?.scale.length === 1);
      const [source, target] = tensors.map((tensor) => vectors.get(tensor)?.scale).filter((v) => v != null);
      if (!single || !source || !target) continue;
      const biases = product(target, source, single.quantization!.scale[0]!);
      if (biases) products.add(biases);
    }
  }
}

/**
 * Where scales stand in the file, and which follow from others: the scales of a bias are input scale × weight scales, a weight's
 * scale is its largest magnitude / 127, and one end of a channel's range is near to its extreme weight × scale.
 */
export function locateScales(bytes: Uint8Array, model: Model, buffers: Region[]) {
  const vectors = locateVectors(bytes, model, buffers);
  const products = new Products(bytes.length);
  addRanges(bytes, model, vectors, products);
  addBiasScales(model, vectors, products);
  return { products: products.all, regions: vectorRegions(vectors) };
}

function vectorRegions(vectors: Map<Tensor, Vectors>): Region[] {
  return [...vectors.values()].flatMap((found) =>
    Object.values(found).flatMap((located): Region[] => {
      if (!located) return [];
      return [
        { kind: 'scales', offset: located.offset, length: 4 * located.values.length, id: 0, tensor: null },
      ];
    }),
  );
}
