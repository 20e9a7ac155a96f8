import { ExitCode } from '@weightfold/base';
import { OptimizerError } from '../errors.js';

/**
 * Whether a layer's name is among those that patterns name: `*` stands for anything, a pattern behind `!` takes out again, and
 * the last one that matches decides.
 */
export function matchesLayer(name: string, patterns: readonly string[]): boolean {
  const last = patterns.findLast((pattern) => glob(pattern.replace(/^!/, '')).test(name));
  return last !== undefined && !last.startsWith('!');
}

/** @throws OptimizerError for a pattern that no layer has, and for patterns that leave none: both are slips */
export function checkLayerPatterns(
  patterns: readonly string[],
  names: readonly string[],
  where: string,
): void {
  for (const pattern of patterns) {
    const matcher = glob(pattern.replace(/^!/, ''));
    if (names.some((name) => matcher.test(name))) continue;
    throw unknownLayer(`no layer is named ${pattern}`, where, names, pattern);
  }
  if (names.some((name) => matchesLayer(name, patterns))) return;
  const list = `[${patterns.join(', ')}]`;
  throw unknownLayer(
    `expected names of layers but received ${list}, which leave none`,
    where,
    names,
    list,
    'put "*" before what is taken out',
  );
}

function unknownLayer(
  what: string,
  where: string,
  names: readonly string[],
  received: string,
  hint?: string,
): OptimizerError {
  return new OptimizerError(`${where}: ${what}`, {
    code: 'UNKNOWN_LAYER',
    where,
    expected: names.join(', '),
    received,
    hint,
    exitCode: ExitCode.usage,
  });
}

function glob(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}
