/** Products as entries of the table: SPEC.md, "Products". */
import type { ByteReader, ByteWriter } from './bytes.js';
import { damaged } from './errors.js';
import { type Product, productKinds } from './layout.js';

/** 0, -1, 1, -2 … as 0, 1, 2, 3 …, also beyond 32 bits. */
export const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);
export const unzigzag = (code: number): number => (code % 2 ? -(code + 1) / 2 : code / 2);

/** What entries are coded relative to. */
class Before {
  /** Word after the last target. */
  target = 0;
  /** Byte after the last weights. */
  weights = 0;
  factor = 0;
}

export function writeProducts(out: ByteWriter, products: readonly Product[]): void {
  const before = new Before();
  const distance = (from: number, to: number) => out.varint(zigzag(to - from));
  for (const product of products) {
    const same = product.factor === before.factor;
    out.varint(8 * product.count + (same ? 4 : 0) + productKinds.indexOf(product.kind));
    const target = product.target / 4;
    distance(before.target, target);
    before.target = target + product.count;
    if (product.kind === 'product') distance(target, product.source / 4);
    if (product.kind === 'quotient') {
      distance(target, product.sources[0] / 4);
      distance(product.sources[0] / 4, product.sources[1] / 4);
    }
    if (product.kind === 'range') {
      distance(target, product.maximum / 4);
      distance(before.weights, product.weights);
      out.varint(product.inner);
      out.varint(product.repeats);
      before.weights = product.weights + product.count * product.inner * product.repeats;
    }
    if (!same) out.u32(product.factor);
    before.factor = product.factor;
  }
}

/** Reads entries one after another, and checks each against the original and what is left of it for products. */
class ProductReader {
  readonly #before = new Before();
  #wordsLeft: number;
  #weightsLeft: number;

  constructor(
    readonly reader: ByteReader,
    readonly originalSize: number,
  ) {
    this.#wordsLeft = Math.floor(originalSize / 4);
    this.#weightsLeft = originalSize;
  }

  /** A place `unit` × (from + a zigzag number), with room for `length` bytes. */
  #place(what: string, from: number, unit: number, length: number): number {
    const at = this.reader.offset;
    const place = unit * (from + unzigzag(this.reader.varint(what)));
    if (place >= 0 && place + length <= this.originalSize) return place;
    throw damaged(at, what, `${length} bytes inside ${this.originalSize}`, `${place}`);
  }
  #vector(what: string, from: number, count: number): number {
    return this.#place(what, from / 4, 4, 4 * count);
  }
  #weights(count: number) {
    const at = this.reader.offset;
    const code = unzigzag(this.reader.varint('weights of a range'));
    const weights = this.#before.weights + code;
    const inner = this.reader.bounded('weights of a channel', 1, this.originalSize);
    const repeats = this.reader.bounded('repeats of channels', 1, this.originalSize);
    const length = count * inner * repeats;
    const most = Math.min(this.#weightsLeft, this.originalSize - weights);
    if (weights < 0 || length > most)
      throw damaged(at, 'weights of a range', `at most ${most} bytes`, `${length}`);
    this.#weightsLeft -= length;
    this.#before.weights = weights + length;
    return { weights, inner, repeats };
  }
  next(): Product {
    const at = this.reader.offset;
    const head = this.reader.varint('product head');
    const kind = productKinds[head % 4];
    const count = Math.floor(head / 8);
    if (!kind) throw damaged(at, 'kind of a product', `0 to ${productKinds.length - 1}`, `${head % 4}`);
    if (count < 1 || count > this.#wordsLeft)
      throw damaged(at, 'product length', `1 to ${this.#wordsLeft}`, `${count}`);
    this.#wordsLeft -= count;
    const target = this.#vector('product target', 4 * this.#before.target, count);
    this.#before.target = target / 4 + count;
    const body = this.#body(kind, target, count);
    if (head % 8 < 4) this.#before.factor = this.reader.u32('product factor');
    return { ...body, target, count, factor: this.#before.factor };
  }
  #body(kind: Product['kind'], target: number, count: number) {
    if (kind === 'product') return { kind, source: this.#vector('product source', target, count) };
    if (kind === 'quotient') {
      const first = this.#vector('quotient source', target, count);
      return { kind, sources: [first, this.#vector('quotient source', first, count)] as [number, number] };
    }
    return { kind, maximum: this.#vector('maximums of a range', target, count), ...this.#weights(count) };
  }
}

export function readProducts(reader: ByteReader, count: number, originalSize: number): Product[] {
  const entries = new ProductReader(reader, originalSize);
  return Array.from({ length: count }, () => entries.next());
}
