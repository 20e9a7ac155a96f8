import { UsageError } from '@weightfold/base';
import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** The first issue of a configuration as an error that names path, expectation, what came, and the nearest known name. */
export function configError(issues: Issue[], input: unknown, knownKeys: string[]): UsageError {
  const issue = innermost(issues);
  if (issue.code === 'unrecognized_keys') return unknownKey(issue.path, issue.keys[0]!, knownKeys);
  const where = issue.path.length > 0 ? issue.path.join('.') : 'the whole';
  const value = at(input, issue.path);
  const received = value === undefined ? 'nothing' : JSON.stringify(value);
  const choices = choicesOf(issue);
  const expected = choices ? choices.join(', ') : issue.message;
  const near = choices && typeof value === 'string' ? closest(value, choices) : undefined;
  const sentence = choices ? `expected one of ${expected}` : issue.message;
  const question = near ? `; did you mean ${near}?` : '';
  return new UsageError(`configuration, ${where}: ${sentence} but received ${received}${question}`, {
    code: 'BAD_CONFIG',
    where,
    expected,
    received,
  });
}

/**
 * The issue that a person can act on: an unknown key before one that is missing (it may be that one, misspelt); inside
 * a union, that of the branch that got furthest into the value, and of several the one that has least against it.
 */
function innermost(issues: Issue[]): Issue {
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]!;
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue;
  const inner = issue.errors.map((branch) => {
    const found = innermost(branch);
    return { found: { ...found, path: [...issue.path, ...found.path] }, against: misfits(branch) };
  });
  const progress = (found: Issue) =>
    2 * found.path.length + (found.code === 'unrecognized_keys' ? 2 : found.code === 'invalid_type' ? 0 : 1);
  const better = (a: (typeof inner)[number], b: (typeof inner)[number]) =>
    progress(a.found) - progress(b.found) || b.against - a.against;
  return inner.reduce((best, next) => (better(next, best) > 0 ? next : best)).found;
}

/** How much of a value does not fit: wrong and missing values, and each unknown key. */
function misfits(issues: Issue[]): number {
  return issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1), 0);
}

function unknownKey(path: PropertyKey[], key: string, knownKeys: string[]): UsageError {
  const where = [...path, key].join('.');
  const near = closest(key, knownKeys);
  return new UsageError(`unknown key ${where} in the configuration${near ? `; did you mean ${near}?` : ''}`, {
    code: 'UNKNOWN_KEY',
    where,
    expected: near ?? 'a known key',
    received: key,
  });
}

/** The values that an issue allows, when they are a list. */
function choicesOf(issue: Issue): string[] | null {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  if (issue.code === 'invalid_union' && 'options' in issue) return (issue.options as unknown[]).map(String);
  return null;
}

function at(input: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null)?.[key], input);
}

/** The known name with the smallest edit distance, when that is small enough to be a slip. */
function closest(name: string, known: string[]): string | undefined {
  const ranked = known.map((candidate) => ({
    candidate,
    distance: editDistance(name.toLowerCase(), candidate.toLowerCase()),
  }));
  ranked.sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= Math.max(2, name.length / 3) ? best.candidate : undefined;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replace, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
