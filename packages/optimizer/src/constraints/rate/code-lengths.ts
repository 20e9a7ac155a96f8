/** Bits that each of a layer's codes costs, given how often each occurs now. */
export type CodeLengths = (counts: Uint32Array) => Float32Array<ArrayBuffer>;

/**
 * Lengths of an adaptive order-0 coder: −log2 of how often a code occurs, each counted half a time more (Krichevsky and Trofimov,
 * 1981), so that a code that does not occur costs much and not everything.
 */
export function histogramLengths(counts: Uint32Array): Float32Array<ArrayBuffer> {
  const total = counts.reduce((sum, count) => sum + count + 0.5, 0);
  return Float32Array.from(counts, (count) => -Math.log2((count + 0.5) / total));
}
