import { parsePattern } from '@weightfold/container';
import { outputChannels, type WeightedNode } from '../graph/graph.js';
import type { Tensor } from '../tf.js';
import { weightShape } from '../training/parameters.js';
import { Codebook, type CodebookOptions } from './codebook.js';
import type { Constraint, ConstraintState, EncodedWeights, LayerShape, TrainedValues } from './constraint.js';
import { Int8Grid } from './int8-grid.js';
import { matchesLayer } from './layer-names.js';
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
  | {
      type: 'quantize';
      /** Layers whose weights and outputs are simulated in training; null: all. */
      layers: string[] | null;
      /** Bits of a weight's code: codes are in ±(2^(bits − 1) − 1). */
      bits: number;
      /** How activation ranges go on from their calibration. */
      ranges: (typeof rangeRules)[number];
    };

/** Ranges stay as calibrated, follow the extremes of the batches, or are trained by the gradient of what they clip. */
export const rangeRules = ['fixed', 'moving-average', 'learned'] as const;

export type QuantizeSpec = Extract<ConstraintSpec, { type: 'quantize' }>;

export interface LayerOptions {
  perChannelDense: boolean;
  /** Of what is chosen at random: 0 when not given. */
  seed?: number;
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
    return one.type === 'quantize' || one.depthwise || node.op !== 'DEPTHWISE_CONV_2D';
  };
  return isFor(spec) && specs.findLast((one) => one.type === spec.type && isFor(one)) === spec;
}

/** Zeros come before codes, in whatever order a stage names them: codes are those of the weights that are left. */
const order = { sparsity: 0, codebook: 1, 'int8-grid': 2 } as const;

/** The constraints of one layer in a stage, in the order in which they apply. */
export class LayerConstraints {
  private constructor(
    readonly node: WeightedNode,
    readonly shape: LayerShape,
    private readonly list: Constraint[],
    /** The spec by which the layer shares a budget of zeros with others; null: it has a target of its own, or none. */
    readonly budget: Extract<ConstraintSpec, { type: 'sparsity' }> | null,
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
    const list: Constraint[] = [];
    const own = specs.filter((spec) => concerns(spec, node, specs));
    const zero = own.some((spec) => spec.type === 'sparsity' || spec.type === 'preserve-sparsity');
    for (const spec of own) {
      if (spec.type === 'sparsity') {
        const pattern = spec.pattern === null ? null : parsePattern(spec.pattern);
        list.push(new Sparsity(shape, { ...spec, pattern }));
      }
      if (spec.type === 'preserve-sparsity') list.push(new Sparsity(shape, 'preserve'));
      if (spec.type === 'cluster') {
        const ofChannel = spec.codebook === 'channel';
        const size = ofChannel ? shape.rows : shape.rows * shape.channels;
        if (size < spec.clusters) {
          const where = ofChannel ? ' in each channel' : '';
          note(`${node.name}: not clustered, it has ${size} weights${where} for ${spec.clusters} clusters`);
          continue;
        }
        list.push(new Codebook(shape, { ...spec, zero, seed: options.seed ?? 0 }));
      }
    }
    if (quantize && !list.some((constraint) => constraint.encode)) list.push(new Int8Grid(shape));
    list.sort((a, b) => order[a.kind] - order[b.kind]);
    const pruned = own.find((spec) => spec.type === 'sparsity');
    return new LayerConstraints(node, shape, list, pruned?.scope === 'global' ? pruned : null);
  }

  /** What zeros are asked of the layer in this stage: by magnitude, or else those that it has. */
  get sparsity(): Sparsity | undefined {
    const all = this.list.filter((constraint) => constraint instanceof Sparsity);
    return all.find(({ preserves }) => !preserves) ?? all[0];
  }

  /** Whether the layer is held to a codebook. */
  get clustered(): boolean {
    return this.codebook !== undefined;
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
