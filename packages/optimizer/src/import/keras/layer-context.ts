import type { Pair } from '../../graph/graph.js';
import type { ModelDraft } from '../draft.js';
import { unsupported } from '../unsupported.js';
import type { KerasLayer } from './config.js';

/** What a layer sees while it is imported. */
export interface LayerContext {
  draft: ModelDraft;
  layer: KerasLayer;
  /** Name of the node that stands for the layer's output, unique in the graph. */
  name: string;
  /** Names of the nodes it takes. */
  inputs: string[];
  /** Dimensions of its first input as Keras counts them, without the batch: a sequence has 2. */
  rank: number;
  /** The layer's arrays by role. */
  weights(roles: string[]): Float32Array[];
}

/** Adds what a layer becomes to the draft. */
export type Importer = (context: LayerContext) => void;

// Sequences [time, channels] are kept as images [time, 1, channels], so that what is 1-D in Keras is 2-D here.

/** A shape as the graph keeps it: [time, channels] becomes [time, 1, channels]. */
export function asImage(shape: number[]): number[] {
  return shape.length === 2 ? [shape[0]!, 1, shape[1]!] : shape;
}

/** A setting of height and width. One number stands for both of a 2-D layer, and for the first of a 1-D one. */
export function pair({ className, config }: KerasLayer, key: string, otherwise: number): Pair {
  const [first = otherwise, second = first] = [config[key] ?? otherwise].flat().map(Number);
  return [first, className.endsWith('1D') ? 1 : second];
}

export const number = (value: unknown, otherwise: number): number =>
  value === undefined || value === null ? otherwise : Number(value);

export const product = (shape: number[]) => shape.reduce((all, n) => all * n, 1);

export function checkFormat({ layer }: LayerContext): void {
  const format = layer.config.data_format;
  if (format !== 'channels_first') return;
  throw unsupported(
    layer.name,
    layer.className,
    'expected data_format channels_last but received channels_first',
  );
}

/** Keras 3 writes an axis as a number, Keras 2 as a list; it counts the batch, or from the end. */
export function checkLastAxis({ layer, rank }: LayerContext, value: unknown): void {
  const [axis = -1, ...others] = [value].flat();
  if (others.length === 0 && (axis === -1 || axis === rank)) return;
  throw unsupported(
    layer.name,
    layer.className,
    `expected the last axis but received ${JSON.stringify(value)}`,
  );
}
