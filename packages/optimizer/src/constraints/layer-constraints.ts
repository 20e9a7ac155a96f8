import { parsePattern } from '@weightfold/container';
import { constraintBroken } from '../errors.js';
import { outputChannels, type WeightedNode } from '../graph/graph.js';
import type { Tensor } from '../tf.js';
import { weightShape } from '../training/parameters.js';
import { Codebook, type CodebookOptions } from './codebook.js';
import type { Constraint, ConstraintState, EncodedWeights, LayerShape, TrainedValues } from './constraint.js';
import { Int8Grid } from './int8-grid.js';
import { matchesLayer } from './layer-names.js';
import type { CodeLengths } from './rate/code-lengths.js';
import { type BitCounter, Rate, type RateOptions } from './rate/rate.js';
import { roundScale, roundScales } from './scale-grid.js';
import { Sparsity, type SparsityOptions } from './sparsity.js';

/** A stage's constraint as a recipe writes it. */
export type ConstraintSpec =
  | ({
      type: 'sparsity';
      /** `2:4`, `4x16` (PATTERNS.md), or null. */
      pattern: string | null;
      /** Whether each layer has the target, or all layers together. */
      scope: 'layer' | 'global';
      layers: string[] | null;
      depthwise: boolean;
    } & Omit<SparsityOptions, 'pattern'>)
  | { type: 'preserve-sparsity' }
  | ({ type: 'cluster'; layers: string[] | null; depthwise: boolean } & Omit<
      CodebookOptions,
      'zero' | 'seed'
    >)
  | ({
      type: 'rate';
      /** λ is found so that the stage packs to so many bytes; null: it is as given. */
      targetBytes: number | null;
      layers: string[] | null;
    } & RateOptions)
  | ({ type: 'metadata'; layers: string[] | null } & MetadataGrid)
  | {
      type: 'quantize';
      /** Layers whose weights and outputs are simulated in training; null: all. */
      layers: string[] | null;
      /** Bits of a weight's code: codes are in ±(2^(bits − 1) − 1). */
      bits: number;
      /** How activation ranges go on from their calibration. */
      ranges: (typeof rangeRules)[number];
    };

/** What is stored beside the weights, on coarser grids than its types have. */
export interface MetadataGrid {
  /** Weight scales are powers of two and so many steps to the octave between them. */
  scalesPerOctave: number;
  /** Biases are multiples of the largest power of two (in their own int32 steps) of at most so many steps of the layer's output. */
  biasSteps: number;
}

/** Ranges stay as calibrated, follow the extremes of the batches, or are trained by the gradient of what they clip. */
export const rangeRules = ['fixed', 'moving-average', 'learned'] as const;

export type QuantizeSpec = Extract<ConstraintSpec, { type: 'quantize' }>;

export interface LayerOptions {
  perChannelDense: boolean;
  /** Of what is chosen at random: 0 when not given. */
  seed?: number;
  /** Bits of codes for `rate`; those of their histogram when not given. */
  codeLengths?: CodeLengths | undefined;
}

export function layerShape(node: WeightedNode, options: LayerOptions, bits = 8): LayerShape {
  const channels = outputChannels(node);
  const size = weightShape(node).reduce((product, n) => product * n, 1);
  return {
    name: node.name,
    rows: size / channels,
    channels,
    // Folding batch normalization multiplies each channel's scale by its own factor.
    perTensor: node.op === 'FULLY_CONNECTED' && !options.perChannelDense && node.batchNorm === null,
    depthwise: node.op === 'DEPTHWISE_CONV_2D',
    largestCode: 2 ** (bits - 1) - 1,
  };
}

/** The spec that says how a layer is simulated in a stage; undefined where it is not. */
export function quantizeSpecOf(node: WeightedNode, specs: ConstraintSpec[]): QuantizeSpec | undefined {
  return specs.find((spec): spec is QuantizeSpec => spec.type === 'quantize' && concerns(spec, node, specs));
}

/** Whether a spec is for a layer; of several of a type that are, the last. */
function concerns(spec: ConstraintSpec, node: WeightedNode, specs: ConstraintSpec[]): boolean {
  const isFor = (one: ConstraintSpec) => {
    if (one.type === 'preserve-sparsity') return true;
    if (one.layers !== null) return matchesLayer(node.name, one.layers);
    if (one.type === 'sparsity' || one.type === 'cluster')
      return one.depthwise || node.op !== 'DEPTHWISE_CONV_2D';
    return true;
  };
  return isFor(spec) && specs.findLast((one) => one.type === spec.type && isFor(one)) === spec;
}

/** Zeros come before codes, in whatever order a stage names them: codes are those of the weights that are left. */
const order = { sparsity: 0, codebook: 1, rate: 1, 'int8-grid': 2 } as const;

const metadataOf = (own: ConstraintSpec[]) => own.find((spec) => spec.type === 'metadata') ?? null;

/** The constraint that one of a layer's own specs makes; null: none, and why is noted where that is no matter of course. */
function constraintOf(
  spec: ConstraintSpec,
  shape: LayerShape,
  own: ConstraintSpec[],
  options: LayerOptions,
  note: (message: string) => void,
): Constraint | null {
  switch (spec.type) {
    case 'sparsity':
      return new Sparsity(shape, {
        ...spec,
        pattern: spec.pattern === null ? null : parsePattern(spec.pattern),
      });
    case 'preserve-sparsity':
      return new Sparsity(shape, 'preserve');
    case 'cluster': {
      const zero = own.some(({ type }) => type === 'sparsity' || type === 'preserve-sparsity');
      const ofChannel = spec.codebook === 'channel';
      const size = ofChannel ? shape.rows : shape.rows * shape.channels;
      if (size >= spec.clusters) return new Codebook(shape, { ...spec, zero, seed: options.seed ?? 0 });
      const where = ofChannel ? ' in each channel' : '';
      note(`${shape.name}: not clustered, it has ${size} weights${where} for ${spec.clusters} clusters`);
      return null;
    }
    case 'rate':
      return new Rate(shape, spec, {
        codeLengths: options.codeLengths,
        scalesPerOctave: metadataOf(own)?.scalesPerOctave ?? null,
      });
    default:
      return null;
  }
}

/** The constraints of one layer in a stage, in the order in which they apply. */
export class LayerConstraints {
  private constructor(
    readonly node: WeightedNode,
    readonly shape: LayerShape,
    private readonly list: Constraint[],
    /** The spec by which the layer shares a budget of zeros with others; null: it has a target of its own, or none. */
    readonly budget: Extract<ConstraintSpec, { type: 'sparsity' }> | null,
    /** Grids of scales and biases; null: as fine as they come. */
    readonly metadata: MetadataGrid | null,
  ) {}

  /** Turns a stage's specs into a layer's constraints. `note` is told what a spec leaves out. */
  static of(
    node: WeightedNode,
    specs: ConstraintSpec[],
    options: LayerOptions,
    note: (message: string) => void,
  ): LayerConstraints {
    const quantize = quantizeSpecOf(node, specs);
    const shape = layerShape(node, options, quantize?.bits);
    const own = specs.filter((spec) => concerns(spec, node, specs));
    const list = own.flatMap((spec) => constraintOf(spec, shape, own, options, note) ?? []);
    if (quantize && !list.some((constraint) => constraint.encode)) list.push(new Int8Grid(shape));
    list.sort((a, b) => order[a.kind] - order[b.kind]);
    const pruned = own.find((spec) => spec.type === 'sparsity');
    return new LayerConstraints(
      node,
      shape,
      list,
      pruned?.scope === 'global' ? pruned : null,
      metadataOf(own),
    );
  }

  /** What zeros are asked of the layer in this stage: by magnitude, or else those that it has. */
  get sparsity(): Sparsity | undefined {
    const all = this.list.filter((constraint) => constraint instanceof Sparsity);
    return all.find(({ preserves }) => !preserves) ?? all[0];
  }

  /** Whether the layer's channels share codes: those of a codebook, or of a rate. */
  get clustered(): boolean {
    return this.codebook !== undefined || this.rate !== undefined;
  }

  get rate(): Rate | undefined {
    return this.list.find((constraint) => constraint instanceof Rate);
  }

  /** Bits that the layer's weights need with the codes of its rate; 0 without one. */
  bits(weights: Float32Array): number {
    return this.rate?.bits(this.before('rate', weights)) ?? 0;
  }

  /** Counts the same for λ times a factor. */
  bitCounter(weights: Float32Array): BitCounter {
    return this.rate?.bitCounter(this.before('rate', weights)) ?? (() => 0);
  }

  /** Adapts the codes of its rate, where it has one, before they are due. */
  adaptRate(weights: Float32Array, progress: number): void {
    this.rate?.adapt(this.before('rate', weights), progress);
  }

  /** Weights as a constraint gets them from those before it. */
  private before(kind: Constraint['kind'], weights: Float32Array): Float32Array {
    const at = this.list.findIndex((constraint) => constraint.kind === kind);
    return this.list.slice(0, at).reduce((w, constraint) => constraint.apply(w), weights);
  }

  /**
   * What batch normalization multiplies the layer's scales by, on their grid, as soon as these are frozen on it; before that, and
   * without a grid, as it is.
   */
  onScaleGrid(factor: Tensor): Tensor {
    return this.metadata && this.trainsScaleGrid
      ? roundScales(factor, this.metadata.scalesPerOctave)
      : factor;
  }

  /** Whether scales lie on a grid in training. */
  get trainsScaleGrid(): boolean {
    return this.metadata !== null && this.rate?.settled === true;
  }

  /** What training moves beside the weights: the centroids of a codebook, where gradients move them. */
  get trained(): TrainedValues | null {
    return this.codebook?.trained ?? null;
  }

  private get codebook(): Codebook | undefined {
    return this.list.find((constraint) => constraint instanceof Codebook);
  }

  get empty(): boolean {
    return this.list.length === 0;
  }

  update(weights: Float32Array, progress: number): void {
    let current = weights;
    this.list.forEach((constraint, i) => {
      constraint.update(current, progress);
      if (i + 1 < this.list.length) current = constraint.apply(current);
    });
  }

  apply(weights: Float32Array): Float32Array {
    return this.list.reduce((current, constraint) => constraint.apply(current), weights);
  }

  /**
   * Weights of any shape with the channel last, projected onto all constraints.
   * @param trained the tensor of `trained`, null when there is none
   */
  project(weights: Tensor, trained: Tensor | null = null): Tensor {
    if (this.empty) return weights;
    const { rows, channels } = this.shape;
    return this.list
      .reduce((w, constraint) => constraint.project(w, trained), weights.reshape([rows, channels]))
      .reshape(weights.shape);
  }

  /** Weights held to the constraints that come before the int8 grid: what the next stage starts from. */
  settle(weights: Float32Array): Float32Array {
    return this.list
      .filter((constraint) => !constraint.encode)
      .reduce((w, constraint) => constraint.apply(w), weights);
  }

  /** Takes over the codebook of the stage before, so that clusters go on and do not start anew. */
  inherit(states: ConstraintState[]): void {
    const codebook = states.find((state) => 'centroids' in state);
    if (codebook) this.codebook?.inherit(codebook);
  }

  /** Codes and scales for export: those of the grid that the layer is held to, else of a plain int8 grid. */
  encode(weights: Float32Array): EncodedWeights {
    const at = this.list.findIndex((constraint) => constraint.encode);
    const before = (at < 0 ? this.list : this.list.slice(0, at)).reduce(
      (w, constraint) => constraint.apply(w),
      weights,
    );
    return at < 0 ? new Int8Grid(this.shape).encode(before) : this.list[at]!.encode!(before);
  }

  /** @throws OptimizerError when the exported codes lack what a constraint promises */
  verify(codes: Int8Array): void {
    for (const constraint of this.list) constraint.verify(codes);
    if (!this.list.some((constraint) => constraint.encode)) new Int8Grid(this.shape).verify(codes);
  }

  /** @throws OptimizerError when a scale in the file is not on the layer's grid */
  verifyScales(scales: number[]): void {
    if (!this.metadata) return;
    const { scalesPerOctave } = this.metadata;
    const other = scales.find((scale) => roundScale(scale, scalesPerOctave) !== scale);
    if (other !== undefined)
      throw constraintBroken(this.shape.name, `scales of ${scalesPerOctave} steps to the octave`, `${other}`);
  }

  save(): ConstraintState[] {
    return this.list.map((constraint) => constraint.save());
  }

  restore(states: ConstraintState[]): void {
    this.list.forEach((constraint, i) => constraint.restore(states[i]!));
  }

  dispose(): void {
    for (const constraint of this.list) constraint.dispose();
  }
}
