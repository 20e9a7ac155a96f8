import { UsageError } from '@weightfold/base';
import { parsePattern } from '@weightfold/container';
import type { StageSpec } from '../config.js';
import { constraints } from '../constraints/builders.js';

/** What is done to a layer beside int8, which is done to all. */
export interface Technique {
  /** `int8`, or parts joined by `+`: `prune-50`, `prune-2:4`, `cluster-16`. */
  name: string;
  sparsity: { target: number; pattern: string | null } | null;
  clusters: number | null;
}

/** Int8 codes alone: what every layer of an exported file has at least. */
export const int8: Technique = { name: 'int8', sparsity: null, clusters: null };

/** The techniques that a scan tries when none are named. */
export const defaultTechniques = [
  'prune-30',
  'prune-50',
  'prune-70',
  'prune-2:4',
  'cluster-32',
  'cluster-16',
  'cluster-8',
  'cluster-4',
  'prune-50+cluster-32',
  'prune-50+cluster-16',
  'prune-50+cluster-8',
  'prune-70+cluster-16',
] as const;

/**
 * Reads a technique's name.
 * @throws UsageError for a name that is none, with the ones that are
 */
export function parseTechnique(name: string): Technique {
  if (name === int8.name) return int8;
  const parts = name.split('+').map(parsePart);
  const [prune, ...prunes] = parts.filter((part) => part?.sparsity);
  const [cluster, ...clusters] = parts.filter((part) => part?.clusters);
  if (parts.includes(null) || prunes.length > 0 || clusters.length > 0) {
    throw new UsageError(`${name} is no technique`, {
      code: 'UNKNOWN_TECHNIQUE',
      where: 'techniques',
      expected:
        'prune-PERCENT (1 to 99), prune-N:M, prune-RxC, cluster-K (2 to 255), or one of each joined by +',
      received: name,
    });
  }
  return { name, sparsity: prune?.sparsity ?? null, clusters: cluster?.clusters ?? null };
}

function parsePart(part: string): Omit<Technique, 'name'> | null {
  const [kind, value = ''] = part.split(/-(.*)/);
  const number = /^\d+$/.test(value) ? Number(value) : 0;
  if (kind === 'cluster') return number >= 2 && number <= 255 ? { sparsity: null, clusters: number } : null;
  if (kind !== 'prune') return null;
  if (number >= 1 && number <= 99)
    return { sparsity: { target: number / 100, pattern: null }, clusters: null };
  const pattern = parsePattern(value);
  if (pattern === null) return null;
  const target = pattern.type === 'n:m' ? 1 - pattern.n / pattern.m : 0.5;
  return { sparsity: { target, pattern: value }, clusters: null };
}

/** The technique as constraints of a recipe, for the layers that patterns name. */
export function constraintsOf({ sparsity, clusters }: Technique, layers: string[]): StageSpec['constraints'] {
  return [
    ...(sparsity ? [constraints.sparsity({ ...sparsity, layers })] : []),
    ...(clusters ? [constraints.cluster({ clusters, layers })] : []),
  ];
}
