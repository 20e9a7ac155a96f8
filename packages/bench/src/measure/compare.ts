import fs from 'node:fs';
import path from 'node:path';
import { UsageError } from '@weightfold/base';
import { unpairedRatio, verdictOf } from '../statistics.js';
import { type BenchResult, benchSchema, type Verdict } from './schema.js';

/** One engine on one model in two runs of the benchmark. */
export interface Change {
  model: string;
  engine: string;
  oldUs: number;
  newUs: number;
  /** How many times as fast the new run is. */
  ratio: number;
  ci95: [number, number];
  ci99: [number, number];
  /** What the intervals say; a finding only where the change is trusted. */
  verdict: Verdict;
  /** Whether both rows are. */
  trusted: boolean;
  /** Why the old or the new row is not to be trusted. */
  reasons: string[];
}

export interface Comparison {
  changes: Change[];
  /** Model and engine that only one of the runs has. */
  only: { model: string; engine: string; in: 'old' | 'new' }[];
  /** What differs between the machines or settings: reasons not to compare. */
  differences: string[];
}

/** Reads what `bench --json` wrote. @throws UsageError naming the key that is not as it should be */
export function readBench(file: string): BenchResult {
  const problem = (received: string, where = file) => {
    const expected = 'a document of weightfold bench --json (docs/formats/bench.schema.json)';
    return new UsageError(`${file}: expected ${expected} but received ${received}`, {
      where,
      expected,
      received,
      hint: 'Write it with: weightfold bench MODEL --json > FILE',
    });
  };
  let document: unknown;
  try {
    document = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw problem('no JSON');
    throw error;
  }
  const { data, error } = benchSchema.safeParse(document);
  if (data) return data;
  const [issue] = error.issues;
  throw problem(issue!.message, `${file}, ${issue!.path.join('.')}`);
}

/** Compares two runs, by the models' file names (paths, where names are alike) and the engines. Their rounds were not taken together: intervals are wider. */
export function compareBenches(before: BenchResult, after: BenchResult): Comparison {
  const [olds, news] = [before, after].map(keyed) as [Map<string, Entry>, Map<string, Entry>];
  const changes = [...news].flatMap(([key, entry]) => {
    const old = olds.get(key);
    return old ? [changeOf(old, entry)] : [];
  });
  const only = [
    ...[...olds]
      .filter(([key]) => !news.has(key))
      .map(([, entry]) => ({ ...named(entry), in: 'old' as const })),
    ...[...news]
      .filter(([key]) => !olds.has(key))
      .map(([, entry]) => ({ ...named(entry), in: 'new' as const })),
  ];
  return { changes, only, differences: differences(before, after) };
}

interface Entry {
  /** Its file name; its whole path where the run has several of that name. */
  model: string;
  row: BenchResult['results'][number];
  rounds: number[][];
}

const named = ({ model, row: { engine } }: Entry) => ({ model, engine });

function keyed({ results, samples }: BenchResult): Map<string, Entry> {
  const files = [...new Set(results.map(({ model }) => model))];
  const alike = (name: string) => files.filter((file) => path.basename(file) === name).length;
  const entries = results.map((row): [string, Entry] => {
    const own = samples.find(({ model, engine }) => model === row.model && engine === row.engine);
    const name = path.basename(row.model);
    const model = alike(name) > 1 ? row.model : name;
    return [`${model} ${row.engine}`, { model, row, rounds: own?.rounds ?? [] }];
  });
  return new Map(entries.filter(([, { rounds }]) => rounds.length > 0));
}

function changeOf(old: Entry, now: Entry): Change {
  const estimate = unpairedRatio(now.rounds, old.rounds);
  return {
    ...named(now),
    oldUs: old.row.medianUs,
    newUs: now.row.medianUs,
    ...estimate,
    verdict: verdictOf(estimate),
    trusted: old.row.trusted && now.row.trusted,
    reasons: [...reasonsOf('old', old), ...reasonsOf('new', now)],
  };
}

const reasonsOf = (run: 'old' | 'new', { row }: Entry) => row.reasons.map((reason) => `${run}: ${reason}`);

function differences(before: BenchResult, after: BenchResult): string[] {
  const facts = ({ context, settings }: BenchResult): Record<string, unknown> => ({
    host: context.host,
    CPU: context.cpu,
    kernel: context.kernel,
    governor: context.governors.join(', ') || 'unknown',
    threads: settings.threads,
    'pinned to': context.pinned?.join(',') ?? 'nothing',
  });
  const [old, now] = [facts(before), facts(after)];
  return Object.keys(old)
    .filter((name) => old[name] !== now[name])
    .map((name) => `${name}: ${old[name]}, then ${now[name]}`);
}
