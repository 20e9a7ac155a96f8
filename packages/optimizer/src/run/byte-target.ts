import { UsageError } from '@weightfold/base';
import type { ConstraintSpec, LayerConstraints } from '../constraints/layer-constraints.js';

/** Packed bytes of a .tflite. */
export type PackedBytes = (tflite: Uint8Array) => number;

/** What a target must remember, for checkpoints. */
export type ByteTargetState = { overhead: number; gridded: boolean };

/** Values that λ may be multiplied by, as powers of two, and how finely one is looked for. */
const farthest = 14;
const bisections = 24;
/** How often codes that are about to be frozen are adapted and packed. */
const lastRounds = 4;
/** Before a model can be packed: bytes for each channel (scale and bias) and for the structure. */
const [channelBytes, structureBytes] = [2.6, 1200];

/**
 * Finds the λ at which a stage packs to a number of bytes. Bits of codes are counted for any λ without training, so λ is bisected whenever
 * the constraints look at the weights, starting from weights as training has made them; what a packed file holds beside these bits
 * is found by packing it when λ has risen and when codes are about to freeze. λ is one for all layers: equal slope.
 */
export class ByteTarget {
  private overhead: number;
  private gridded: boolean;

  constructor(
    private readonly target: number,
    private readonly spec: Pick<Extract<ConstraintSpec, { type: 'rate' }>, 'rampEnd' | 'freezeAt'>,
    private readonly layers: LayerConstraints[],
    state?: ByteTargetState,
  ) {
    const bytesBeside = ({ shape, rate }: LayerConstraints) =>
      channelBytes * shape.channels + (rate ? 0 : shape.rows * shape.channels);
    this.overhead =
      state?.overhead ?? layers.reduce((sum, layer) => sum + bytesBeside(layer), structureBytes);
    this.gridded = state?.gridded ?? false;
  }

  /**
   * Sets λ for what is next.
   * @param pack gives the packed bytes of the network with codes as they are
   * @throws UsageError when no λ brings the codes down to the target, before anything is trained
   */
  steer(progress: number, weightsOf: (layer: LayerConstraints) => Float32Array, pack: () => number): void {
    const rated = this.layers.filter(({ rate }) => rate && !rate.settled);
    if (rated.length === 0) return;
    const counted = () => {
      const counters = rated.map((layer) => layer.bitCounter(weightsOf(layer)));
      return (factor: number, newGrid: boolean) =>
        this.overhead + counters.reduce((sum, bits) => sum + bits(factor, newGrid), 0) / 8;
    };
    const set = (factor: number, newGrid: boolean) => {
      for (const { rate } of rated) rate!.scaleLambda(factor, newGrid);
    };
    const now = rated[0]!.rate!.lambdaFactor;
    if (progress === 0) {
      const bytesAt = counted();
      const factor = this.solve((f) => bytesAt(f, true));
      if (bytesAt(factor, true) > 1.2 * this.target) throw this.unreachable(bytesAt(factor, true));
      set(factor, true);
      return;
    }
    if (progress < this.spec.rampEnd) return;
    const measure = () => {
      const bits = rated.reduce((sum, layer) => sum + layer.bits(weightsOf(layer)), 0);
      this.overhead = pack() - bits / 8;
    };
    if (progress >= this.spec.freezeAt) {
      for (let round = 0; round < lastRounds; round++) {
        measure();
        const bytesAt = counted();
        set(
          this.solve((f) => bytesAt(f, false)),
          false,
        );
        if (round < lastRounds - 1) for (const layer of rated) layer.adaptRate(weightsOf(layer), progress);
      }
      return;
    }
    if (!this.gridded) measure();
    const bytesAt = counted();
    const factor = this.solve((f) => bytesAt(f, !this.gridded));
    set(this.gridded ? Math.sqrt(now * factor) : factor, !this.gridded);
    this.gridded = true;
  }

  /** How near a packed file comes, in words. */
  describe(packed: number): string {
    const percent = (100 * packed) / this.target - 100;
    const part = `${percent < 0 ? '−' : '+'}${Math.abs(percent).toFixed(1)} %`;
    return `packs to ${packed} bytes, ${this.target} were wanted (${part})`;
  }

  save(): ByteTargetState {
    return { overhead: this.overhead, gridded: this.gridded };
  }

  /** The smallest factor of λ at which there are no more bytes than the target. */
  private solve(bytesAt: (factor: number) => number): number {
    let [low, high] = [-farthest, farthest];
    for (let i = 0; i < bisections; i++) {
      const middle = (low + high) / 2;
      if (bytesAt(2 ** middle) > this.target) low = middle;
      else high = middle;
    }
    return 2 ** high;
  }

  private unreachable(least: number): UsageError {
    const received = `about ${Math.ceil(least)} at the least`;
    return new UsageError(
      `targetBytes: expected ${this.target} bytes to be within reach but received ${received}`,
      {
        where: 'targetBytes',
        expected: `${this.target} bytes`,
        received,
      },
    );
  }
}
