import type { ConstraintSpec, LayerConstraints } from '../constraints/layer-constraints.js';
import type { BitCounter, Rate } from '../constraints/rate/rate.js';
import { flooredText } from './floored.js';
import { channelBytes, expectReach, structureBytes } from './least-bytes.js';

/** Packed bytes of a .tflite. */
export type PackedBytes = (tflite: Uint8Array) => number;

/** What a target must remember, for checkpoints. */
export type ByteTargetState = { overhead: number; gridded: boolean; largestFactor: number };

/** Values that λ may be multiplied by, as powers of two, and how finely one is looked for. */
const farthest = 14;
const bisections = 24;
/** What a packed file may be larger than its target before it is told why, as a factor. */
const met = 1.02;
/** How often codes that are about to be frozen are adapted and packed. */
const lastRounds = 4;

/**
 * Finds the λ at which a stage packs to a number of bytes. Bits of codes are counted for any λ without training, so λ is bisected whenever
 * the constraints look at the weights, starting from weights as training has made them; what a packed file holds beside these bits
 * is found by packing it when λ has risen and when codes are about to freeze. λ is one for all layers: equal slope.
 */
export class ByteTarget {
  private overhead: number;
  private gridded: boolean;
  /** λ is not multiplied by more: the network collapsed. */
  private largestFactor: number;

  private constructor(
    readonly target: number,
    private readonly spec: Extract<ConstraintSpec, { type: 'rate' }>,
    private readonly layers: LayerConstraints[],
    state?: ByteTargetState,
  ) {
    const bytesBeside = ({ shape, rate }: LayerConstraints) =>
      channelBytes * shape.channels + (rate ? 0 : shape.rows * shape.channels);
    this.overhead =
      state?.overhead ?? layers.reduce((sum, layer) => sum + bytesBeside(layer), structureBytes);
    this.gridded = state?.gridded ?? false;
    this.largestFactor = state?.largestFactor ?? 2 ** farthest;
  }

  /** For a stage one of whose rates has a number of bytes to meet; null: none has. */
  static of(specs: ConstraintSpec[], layers: LayerConstraints[], state?: ByteTargetState): ByteTarget | null {
    for (const spec of specs)
      if (spec.type === 'rate' && spec.targetBytes !== null)
        return new ByteTarget(spec.targetBytes, spec, layers, state);
    return null;
  }

  /**
   * Sets λ for what is next.
   * @param pack gives the packed bytes of the network with codes as they are
   * @throws UsageError when no λ brings the codes down to the target, before anything is trained
   */
  steer(progress: number, weightsOf: (layer: LayerConstraints) => Float32Array, pack: () => number): void {
    const free = new FreeLayers(this.layers, weightsOf);
    if (free.empty) return;
    if (progress === 0) free.scaleLambda(this.expectReach(weightsOf), true);
    else if (progress >= this.spec.freezeAt) this.settle(free, progress, pack);
    else if (progress >= this.spec.rampEnd) this.follow(free, pack);
  }

  /** After a collapse: λ does not become larger again than it is now, even if the target is missed. */
  limit(): void {
    const factors = this.layers.flatMap(({ rate }) => (rate ? [rate.lambdaFactor] : []));
    this.largestFactor = Math.min(this.largestFactor, ...factors);
  }

  /** About the bytes of the packed file with so many bits of codes. */
  bytesOf(bits: number): number {
    return Math.round(this.overhead + bits / 8);
  }

  /** How near a packed file comes, in words. */
  describe(packed: number): string {
    const percent = (100 * packed) / this.target - 100;
    const part = `${percent < 0 ? '−' : '+'}${Math.abs(percent).toFixed(1)} %`;
    const why = packed > met * this.target ? this.whyMissed() : null;
    return `packs to ${packed} bytes, ${this.target} were wanted (${part}${why ? `; ${why}` : ''})`;
  }

  private whyMissed(): string | null {
    return this.largestFactor < 2 ** farthest
      ? 'with a larger lambda the network collapsed'
      : flooredText(this.layers);
  }

  save(): ByteTargetState {
    const { overhead, gridded, largestFactor } = this;
    return { overhead, gridded, largestFactor };
  }

  /**
   * Whether some λ brings the codes of weights down to the target.
   * @returns what λ is to be multiplied by
   * @throws UsageError when none does
   */
  expectReach(weightsOf: (layer: LayerConstraints) => Float32Array): number {
    const free = new FreeLayers(this.layers, weightsOf);
    const factor = this.solve(free, true);
    const least = this.overhead + free.counter()(factor, true) / 8;
    const { importanceFloor } = this.spec;
    const hint = `no lambda makes these weights smaller; importanceFloor below ${importanceFloor} (of the rate of a stage of your own) allows it, but the network may collapse`;
    expectReach(this.target, least, hint);
    return factor;
  }

  /** A new grid when λ has risen, since weights have moved by then; after that half of the way at a time, on the grid as it is. */
  private follow(free: FreeLayers, pack: () => number): void {
    if (this.gridded) {
      free.scaleLambda(Math.sqrt(free.lambdaFactor * this.solve(free, false)), false);
      return;
    }
    this.measure(free, pack);
    free.scaleLambda(this.solve(free, true), true);
    this.gridded = true;
  }

  /** Codes that are about to be frozen, in alternation with what the file holds beside them. */
  private settle(free: FreeLayers, progress: number, pack: () => number): void {
    for (let round = 0; round < lastRounds; round++) {
      if (round > 0) free.adapt(progress);
      this.measure(free, pack);
      free.scaleLambda(this.solve(free, false), false);
    }
  }

  private measure(free: FreeLayers, pack: () => number): void {
    this.overhead = pack() - free.bits() / 8;
  }

  /** The smallest factor of λ at which there are no more bytes than the target, or the largest that is allowed. */
  private solve(free: FreeLayers, newGrid: boolean): number {
    const bits = free.counter();
    let [low, high] = [-farthest, farthest];
    for (let i = 0; i < bisections; i++) {
      const middle = (low + high) / 2;
      if (this.overhead + bits(2 ** middle, newGrid) / 8 > this.target) low = middle;
      else high = middle;
    }
    return Math.min(2 ** high, this.largestFactor);
  }
}

/** Layers whose codes are not frozen, with their weights of now. */
class FreeLayers {
  private readonly layers: { layer: LayerConstraints; rate: Rate; weights: Float32Array }[];

  constructor(all: LayerConstraints[], weightsOf: (layer: LayerConstraints) => Float32Array) {
    this.layers = all.flatMap((layer) => {
      const { rate } = layer;
      return rate && !rate.settled ? { layer, rate, weights: weightsOf(layer) } : [];
    });
  }

  get empty(): boolean {
    return this.layers.length === 0;
  }

  /** What λ is multiplied by, in all of them alike. */
  get lambdaFactor(): number {
    return this.layers[0]!.rate.lambdaFactor;
  }

  scaleLambda(factor: number, newGrid: boolean): void {
    for (const { rate } of this.layers) rate.scaleLambda(factor, newGrid);
  }

  adapt(progress: number): void {
    for (const { layer, weights } of this.layers) layer.adaptRate(weights, progress);
  }

  /** Bits of all weights with the codes of now. */
  bits(): number {
    return this.layers.reduce((sum, { layer, weights }) => sum + layer.bits(weights), 0);
  }

  /** Counts them for other λ. */
  counter(): BitCounter {
    const counters = this.layers.map(({ layer, weights }) => layer.bitCounter(weights));
    return (factor, newGrid) => counters.reduce((sum, bits) => sum + bits(factor, newGrid), 0);
  }
}
