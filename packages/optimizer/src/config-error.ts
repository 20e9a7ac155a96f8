import { UsageError } from '@weightfold/base';
import type { z } from 'zod';
import { keysAt } from './keys-at.js';

type Issue = z.core.$ZodIssue;

/**
 * The first issue of a configuration as an error that names path, expectation, what came, and the nearest name that is known
 * there.
 * @param schema that the configuration did not fit
 */
export function configError(issues: Issue[], input: unknown, schema: z.ZodType): UsageError {
  const issue = innermost(issues);
  if (issue.code === 'unrecognized_keys')
    return unknownKey(issue.path, issue.keys[0]!, keysAt(schema, issue.path, input));
  const where = issue.path.length > 0 ? issue.path.join('.') : 'the whole';
  const value = at(input, issue.path);
  const received = value === undefined ? 'nothing' : JSON.stringify(value);
  const choices = choicesOf(issue);
  const expected = choices ? choices.join(', ') : expectation(issue);
  const near = choices && typeof value === 'string' ? closest(value, choices) : undefined;
  const oneOf = choices && choices.length > 1 ? 'one of ' : '';
  const question = near ? `; did you mean ${near}?` : '';
  return new UsageError(
    `configuration, ${where}: expected ${oneOf}${expected} but received ${received}${question}`,
    { code: 'BAD_CONFIG', where, expected, received },
  );
}

/** What an issue's value should have been, in words: behind "expected". */
function expectation(issue: Issue): string {
  if (issue.code === 'invalid_type') return types[issue.expected] ?? issue.expected;
  if (issue.code === 'too_small') {
    const least = `${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`;
    return issue.origin === 'array' ? `${least} of them` : least;
  }
  if (issue.code === 'too_big') {
    const most = `${issue.exact ? 'exactly' : issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`;
    return issue.origin === 'array' ? `${most} of them` : most;
  }
  return issue.message;
}

const types: Record<string, string> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'keys and values',
};

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

function unknownKey(path: PropertyKey[], key: string, known: string[]): UsageError {
  const where = [...path, key].join('.');
  const near = closest(
    key,
    known.filter((name) => name !== key),
  );
  const all = known.join(', ');
  const rest = near ? `; did you mean ${near}?` : `: expected one of ${all}`;
  return new UsageError(`unknown key ${where} in the configuration${rest}`, {
    code: 'UNKNOWN_KEY',
    where,
    expected: near ?? all,
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
