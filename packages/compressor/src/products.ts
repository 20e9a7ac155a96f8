import type { Product } from '@weightfold/container';

/** Offsets of the vectors that a product reads; weights lie elsewhere. */
function sourcesOf(product: Product): number[] {
  if (product.kind === 'product') return [product.source];
  return product.kind === 'quotient' ? product.sources : [];
}

/** First words of the vectors that a product restores, and of those that it reads. */
function wordsOf(product: Product) {
  const targets = product.kind === 'range' ? [product.target, product.maximum] : [product.target];
  return { targets: targets.map((at) => at / 4), sources: sourcesOf(product).map((at) => at / 4) };
}

/**
 * The products of a file in the order in which a decoder restores them, and which words of the file they change or read: vectors
 * start at multiples of 4.
 */
export class Products {
  readonly all: Product[] = [];
  readonly #targets: Uint8Array;
  readonly #sources: Uint8Array;

  constructor(fileLength: number) {
    this.#targets = new Uint8Array(Math.ceil(fileLength / 4));
    this.#sources = new Uint8Array(Math.ceil(fileLength / 4));
  }

  /**
   * Adds a product unless it clashes: its targets must not be restored by another, nor be read by an earlier one, nor lie inside
   * of its own sources, which would be differences still when they are read.
   */
  add(candidate: Product): void {
    const { count } = candidate;
    const { targets, sources } = wordsOf(candidate);
    const vectors = [...targets, ...sources];
    const clashes = targets.some((target, index) =>
      vectors.some((other, i) => i > index && target < other + count && other < target + count),
    );
    if (clashes || targets.some((target) => !this.#free(target, count))) return;
    for (const target of targets) this.#targets.fill(1, target, target + count);
    for (const source of sources) this.#sources.fill(1, source, source + count);
    this.all.push(candidate);
  }
  #free(first: number, count: number): boolean {
    for (let i = first; i < first + count; i++) if (this.#targets[i] || this.#sources[i]) return false;
    return true;
  }
}
