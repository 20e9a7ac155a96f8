import { constraintBroken } from '../../errors.js';
import { straightThrough } from '../../ops.js';
import { type Tensor, tf } from '../../tf.js';
import { fixedTable, lookUp, type PaletteTable } from '../codebook-lookup.js';
import type { Constraint, ConstraintState, EncodedWeights, LayerShape } from '../constraint.js';
import { decode } from '../int8-grid.js';
import { nearestLevel } from '../palette.js';
import { roundScale } from '../scale-grid.js';
import { smallestScale } from '../scales.js';
import { channelSpreads } from '../spread.js';
import {
  adaptCodes,
  type CodeState,
  countedBits,
  entropyOf,
  placeGrid,
  type SortedWeights,
} from './adapt.js';
import { type CodeLengths, histogramLengths } from './code-lengths.js';

export interface RateOptions {
  /** Price of a bit: squared error of a weight (in units of its channel's mean square) times the layer's importance. */
  lambda: number;
  /** A layer counts as at least so many times λ: one that matters little would starve, and the network collapse. */
  importanceFloor: number;
  /** Most codes of a layer, 0 among them. */
  maxCodes: number;
  /** Part of the stage in which λ rises to its value. */
  rampEnd: number;
  /** Part of the stage after which codes and scales stay as they are, while the rest of the network recovers. */
  freezeAt: number;
}

export interface RateContext {
  /** Bits of codes; those of their histogram when not given. */
  codeLengths?: CodeLengths | undefined;
  /** Frozen scales lie on a grid of so many steps to the octave; null: as they are. */
  scalesPerOctave: number | null;
}

/** What a layer costs now. */
export interface Spent {
  /** λ as it is applied, also while it rises. */
  lambda: number;
  /** Bits that all its codes need, by their entropy. */
  bits: number;
}

/** Bits of a layer's weights with λ times a factor, on the grid as it is or on the one that belongs to that. */
export type BitCounter = (factor: number, newGrid: boolean) => number;

/** Rounds in which codes and their bits settle on a new grid. */
const settling = 4;

/**
 * The rate of a layer's weights as a constraint: each takes the code that is cheapest in squared error × importance + λ × bits. Codes are
 * −m … m on a uniform grid of the normalized weights (a channel over its root mean square, as in a codebook), so that one
 * histogram is shared by the layer's channels, and bits follow it. Zeros emerge. From `freezeAt` on codes and scales stay.
 */
export class Rate implements Constraint {
  readonly kind = 'rate';
  private importance = 1;
  /** What λ is multiplied by: less after a collapse, or to meet a number of bytes. */
  private factor = 1;
  private readonly codeLengths: CodeLengths;
  private begun = false;
  private adapted: Spent | null = null;
  /**
   * Root mean squares of the channels when the stage began. They stay: weights that matter may grow beside them and so take longer codes,
   * where a spread that followed the weights would hold every channel to the same rate.
   */
  private spreads: Float32Array;
  private state: CodeState = { palette: { levels: [0], limits: [], unit: 1 }, lengths: new Float32Array(1) };
  private frozen: EncodedWeights | null = null;
  private table: PaletteTable | null = null;
  private frozenTensor: Tensor | null = null;

  constructor(
    private readonly layer: LayerShape,
    private readonly options: RateOptions,
    private readonly context: RateContext,
  ) {
    this.spreads = new Float32Array(0);
    this.codeLengths = context.codeLengths ?? histogramLengths;
  }

  /** Whether codes and scales stay as they are. */
  get settled(): boolean {
    return this.frozen !== null;
  }

  get freezeAt(): number {
    return this.options.freezeAt;
  }

  /** How much an error in a weight of this layer matters, 1 being the mean of all layers. To be told before the first update. */
  setImportance(importance: number): void {
    this.importance = importance;
  }

  /** What λ is multiplied by. */
  get lambdaFactor(): number {
    return this.factor;
  }

  /** What the layer costs with the codes of now; null before they were adapted in this process. */
  get spent(): Spent | null {
    if (!this.frozen) return this.adapted;
    const counts = new Uint32Array(2 * this.mostCode + 1);
    for (const code of this.frozen.codes) counts[code + this.mostCode]!++;
    return { lambda: this.options.lambda * this.factor, bits: countedBits(counts) };
  }

  /** Whether the layer counts as `importanceFloor` × λ: its price of a bit is as high as it gets. */
  get floored(): boolean {
    return this.importance <= this.options.importanceFloor * this.options.lambda * this.factor;
  }

  /** Bits that weights need with the codes of now. */
  bits(weights: Float32Array): number {
    return entropyOf(this.sorted(weights), this.state);
  }

  /** Goes on with λ times a factor from the next update on, on the grid as it is or on the one that belongs to it. */
  scaleLambda(factor: number, newGrid: boolean): void {
    this.factor = factor;
    if (newGrid) this.begun = false;
  }

  /** Counts the bits that weights would need with λ times a factor, on the grid as it is or on a new one. Nothing changes. */
  bitCounter(weights: Float32Array): BitCounter {
    const { codeLengths, state } = this;
    const sorted = this.sorted(weights);
    return (factor, newGrid) => {
      const price = this.priceOf(this.options.lambda * factor);
      if (!newGrid) return entropyOf(sorted, adaptCodes(sorted, state, price, codeLengths));
      let settled = placeGrid(sorted, price, this.mostCode, codeLengths);
      for (let i = 0; i < settling; i++) settled = adaptCodes(sorted, settled, price, codeLengths);
      return entropyOf(sorted, settled);
    };
  }

  update(weights: Float32Array, progress: number): void {
    if (this.frozen) {
      this.keepZeros(weights, this.frozen);
      return;
    }
    this.adapt(weights, progress);
    if (progress >= this.options.freezeAt) this.freeze(weights);
  }

  /** Adapts bits and codes, and freezes nothing. */
  adapt(weights: Float32Array, progress: number): void {
    const { lambda, rampEnd } = this.options;
    const sorted = this.sorted(weights);
    const price = this.priceOf(lambda * this.factor);
    if (!this.begun) this.state = placeGrid(sorted, price, this.mostCode, this.codeLengths);
    this.begun = true;
    const part = progress >= rampEnd ? 1 : progress / rampEnd;
    this.state = adaptCodes(sorted, this.state, price * part, this.codeLengths);
    this.adapted = { lambda: lambda * this.factor * part, bits: entropyOf(sorted, this.state) };
    this.dispose();
  }

  apply(weights: Float32Array): Float32Array {
    return decode(this.encode(weights), this.layer.channels);
  }

  encode(weights: Float32Array): EncodedWeights {
    if (this.frozen) return this.frozen;
    const { channels } = this.layer;
    const { palette } = this.state;
    const scales = this.spreadsOf(weights).map((spread) => Math.max(spread * palette.unit, smallestScale));
    const codes = Int8Array.from(weights, (w, i) => nearestLevel(palette, w / scales[i % channels]!));
    return { codes, scales };
  }

  /** Weights of their codes. Once these are frozen there is no gradient. */
  project(weights: Tensor): Tensor {
    if (!this.frozen)
      return straightThrough(weights, (w) => lookUp(w, tf.tensor1d(this.spreads), this.fixedTable()).value);
    this.frozenTensor ??= tf.keep(tf.tensor(decode(this.frozen, this.layer.channels), weights.shape));
    return this.frozenTensor;
  }

  verify(codes: Int8Array): void {
    const { name } = this.layer;
    const { maxCodes } = this.options;
    const distinct = new Set(codes);
    if (distinct.size > maxCodes)
      throw constraintBroken(name, `at most ${maxCodes} distinct codes`, `${distinct.size}`);
    if (this.frozen) this.verifyFrozen(codes, distinct, this.frozen.codes);
  }

  save(): ConstraintState {
    const { codes, scales } = this.frozen ?? { codes: [], scales: [] };
    const { palette, lengths } = this.state;
    return {
      importance: this.importance,
      factor: this.factor,
      begun: this.begun ? 1 : 0,
      unit: palette.unit,
      levels: Float32Array.from(palette.levels),
      limits: Float32Array.from(palette.limits),
      lengths,
      spreads: this.spreads,
      frozenCodes: Float32Array.from(codes),
      frozenScales: Float32Array.from(scales),
    };
  }

  restore(state: ConstraintState): void {
    this.dispose();
    const number = (key: string) => state[key] as number;
    const array = (key: string) => state[key] as Float32Array<ArrayBuffer>;
    this.importance = number('importance');
    this.factor = number('factor');
    this.begun = number('begun') === 1;
    const palette = { levels: [...array('levels')], limits: [...array('limits')], unit: number('unit') };
    this.state = { palette, lengths: array('lengths') };
    this.spreads = array('spreads');
    const codes = Int8Array.from(array('frozenCodes'));
    this.frozen = codes.length > 0 ? { codes, scales: array('frozenScales') } : null;
  }

  dispose(): void {
    if (this.table) tf.dispose(Object.values(this.table).filter((tensor) => tensor !== null));
    this.frozenTensor?.dispose();
    this.table = null;
    this.frozenTensor = null;
  }

  /** Squared error that a bit is worth in this layer. */
  private priceOf(lambda: number): number {
    return lambda / Math.max(this.importance, this.options.importanceFloor * lambda);
  }

  private get mostCode(): number {
    return Math.min(this.layer.largestCode, (this.options.maxCodes - 1) >> 1);
  }

  private sorted(weights: Float32Array): SortedWeights {
    const spreads = this.spreadsOf(weights);
    return weights.map((w, i) => w / spreads[i % this.layer.channels]!).sort();
  }

  private spreadsOf(weights: Float32Array): Float32Array {
    if (this.spreads.length === 0) this.spreads = channelSpreads(weights, this.layer);
    return this.spreads;
  }

  private freeze(weights: Float32Array): void {
    const { codes, scales } = this.encode(weights);
    const { scalesPerOctave } = this.context;
    this.dispose();
    this.frozen = {
      codes,
      scales: scalesPerOctave === null ? scales : scales.map((scale) => roundScale(scale, scalesPerOctave)),
    };
  }

  /** Zeros that other constraints make after the codes are frozen. */
  private keepZeros(weights: Float32Array, { codes, scales }: EncodedWeights): void {
    if (!weights.some((w, i) => w === 0 && codes[i] !== 0)) return;
    this.dispose();
    this.frozen = { codes: codes.map((code, i) => (weights[i] === 0 ? 0 : code)), scales };
  }

  private fixedTable(): PaletteTable {
    if (this.table) return this.table;
    const table = fixedTable([this.state.palette], true);
    for (const tensor of Object.values(table)) if (tensor) tf.keep(tensor);
    this.table = table;
    return table;
  }

  private verifyFrozen(codes: Int8Array, distinct: Set<number>, frozen: Int8Array): void {
    const { name } = this.layer;
    const known = new Set(frozen);
    const other = [...distinct].find((code) => !known.has(code));
    if (other !== undefined)
      throw constraintBroken(name, `no codes but ${[...known].sort((a, b) => a - b).join(', ')}`, `${other}`);
    const lost = codes.findIndex((code, i) => code !== 0 && frozen[i] === 0);
    if (lost >= 0) throw constraintBroken(name, `a zero at element ${lost}`, `${codes[lost]}`);
    if (known.size > 1 && distinct.size === 1) throw constraintBroken(name, 'more than one code', 'one');
  }
}
