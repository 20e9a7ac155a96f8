import type { Model, OpProfile } from '@weightfold/runtime-native';
import { median } from '../statistics.js';

/** What the layers take that skip zeros in one model, in it and in the dense one beside it. */
export interface SkippingLayers {
  /** How many there are, of all convolutions that are not depthwise. */
  skipping: number;
  convolutions: number;
  /** How many times as fast they are together; null when there are none. */
  ratio: number | null;
}

const rounds = 9;
const runsEach = 15;

/** Profiles both models in alternation. The layers that skip are those whose kernel is named so. */
export function skippingLayers(dense: Model, sparse: Model): SkippingLayers {
  const profiles = Array.from({ length: rounds }, () => [dense.profile(runsEach), sparse.profile(runsEach)]);
  const [, first] = profiles[0]!;
  const convolutions = first!.filter(({ kind }) => kind === 'CONV_2D');
  const sources = new Set(convolutions.filter(({ kernel }) => kernel.endsWith('-sparse')).map(sourceOf));
  const total = (ops: OpProfile[]) =>
    ops.filter((op) => op.kind === 'CONV_2D' && sources.has(op.source)).reduce((sum, { us }) => sum + us, 0);
  const ratios = profiles.map(([own, other]) => total(own!) / total(other!));
  return {
    skipping: sources.size,
    convolutions: convolutions.length,
    ratio: sources.size > 0 ? median(ratios) : null,
  };
}

const sourceOf = ({ source }: OpProfile) => source;
