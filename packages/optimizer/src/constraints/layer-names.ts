import { OptimizerError } from '../errors.js';

/**
 * Whether a layer's name is among those that patterns name: `*` stands for anything, a pattern behind `!` takes out again, and
 * the last one that matches decides.
 */
export function matchesLayer(name: string, patterns: readonly string[]): boolean {
  const last = patterns.findLast((pattern) => glob(pattern.replace(/^!/, '')).test(name));
  return last !== undefined && !last.startsWith('!');
}

/** @throws OptimizerError for a pattern that no layer has, which is a slip */
export function checkLayerPatterns(
  patterns: readonly string[],
  names: readonly string[],
  where: string,
): void {
  for (const pattern of patterns) {
    const matcher = glob(pattern.replace(/^!/, ''));
    if (names.some((name) => matcher.test(name))) continue;
    throw new OptimizerError(`${where}: no layer is named ${pattern}`, {
      code: 'UNKNOWN_LAYER',
      where,
      expected: names.join(', '),
      received: pattern,
      exitCode: 2,
    });
  }
}

function glob(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}
