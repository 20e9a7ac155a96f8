import { UsageError } from '@weightfold/base';
import type { BenchResult, BenchRow } from './schema.js';

/** A requirement on a figure, such as `p95<12ms` or `litert:median>1ms` or `ratio>=1.2`. */
export interface Assertion {
  text: string;
  /** Rows of this engine; of our runtime when not given. */
  engine: string | null;
  metric: string;
  kind: Kind;
  holds: (value: number) => boolean;
}

export type Checked = NonNullable<BenchResult['assertions']>[number];

type Kind = 'time' | 'bytes' | 'factor';

/** Figures by their names in assertions: times in µs, memory and sizes in bytes. */
const metrics: Record<string, { kind: Kind; of: (row: BenchRow) => number | null }> = {
  min: { kind: 'time', of: (row) => row.minUs },
  p5: { kind: 'time', of: (row) => row.p5Us },
  median: { kind: 'time', of: (row) => row.medianUs },
  p95: { kind: 'time', of: (row) => row.p95Us },
  p99: { kind: 'time', of: (row) => row.p99Us },
  load: { kind: 'time', of: (row) => row.loadMs * 1000 },
  first: { kind: 'time', of: (row) => row.firstUs },
  rss: { kind: 'bytes', of: (row) => row.peakRssBytes },
  arena: { kind: 'bytes', of: (row) => row.arenaBytes },
  file: { kind: 'bytes', of: (row) => row.fileBytes },
  packed: { kind: 'bytes', of: (row) => row.wfzBytes },
};

const units: Record<Kind, Record<string, number>> = {
  time: { ns: 1e-3, us: 1, µs: 1, ms: 1e3, s: 1e6 },
  bytes: { B: 1, kB: 1e3, MB: 1e6, KiB: 1024, MiB: 1024 ** 2 },
  factor: { '': 1, x: 1 },
};

const comparisons: Record<string, (a: number, b: number) => boolean> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

const grammar = /^(?:([\w-]+):)?([a-z]\w*)\s*(<=|>=|<|>)\s*(\d+(?:\.\d+)?)\s*([a-zµ]*)$/i;

/** @throws UsageError naming what can be written when it is no assertion */
export function parseAssertion(text: string): Assertion {
  const [, engine = null, metric = '', comparison = '', number, unit = ''] = grammar.exec(text.trim()) ?? [];
  const kind = metric === 'ratio' ? 'factor' : metrics[metric]?.kind;
  const scale = kind && units[kind][unit];
  if (!kind || scale === undefined) {
    const expected = kind
      ? `a number and one of ${Object.keys(units[kind]).filter(Boolean).join(', ')}`
      : `one of ${Object.keys(metrics).join(', ')}, ratio, then <, <=, > or >= and a value`;
    throw new UsageError(`assert: expected ${expected} but received ${text}`, {
      where: 'assert',
      expected,
      received: text,
      hint: 'As in p95<12ms, rss<=40MiB, ratio>1.2, litert:median>1ms.',
    });
  }
  const bound = Number(number) * scale;
  return { text, engine, metric, kind, holds: (value) => comparisons[comparison]!(value, bound) };
}

/**
 * Looks, before anything is measured, whether the figures of the assertions will be.
 * @param against rivals that are measured
 * @throws UsageError for one about an engine, or a ratio to one, that is not measured
 */
export function checkEngines(assertions: readonly Assertion[], against: readonly string[]): void {
  const measured = ({ engine, metric }: Assertion) => {
    if (engine === null) return metric !== 'ratio' || against.length > 0;
    return against.includes(engine) || (metric !== 'ratio' && engine.startsWith('weightfold'));
  };
  const missing = assertions.find((assertion) => !measured(assertion));
  if (missing === undefined) return;
  const expected =
    against.length > 0 ? `one about our runtime, ${against.join(', ')}` : 'no rival, for none is measured';
  throw new UsageError(`assert: expected ${expected} but received ${missing.text}`, {
    where: 'assert',
    expected,
    received: missing.text,
    hint: 'Name its engine with --against.',
  });
}

/**
 * Looks whether assertions hold in every row (or ratio) that they are about. One that is about nothing, or about a figure that was not
 * measured, does not hold.
 */
export function checkAssertions(assertions: readonly Assertion[], result: BenchResult): Checked[] {
  return assertions.flatMap((assertion) => {
    const figures = assertion.metric === 'ratio' ? ratios(assertion, result) : rows(assertion, result);
    const about = figures.length > 0 ? figures : [{ model: '', engine: assertion.engine ?? '', value: null }];
    return about.map((figure) => ({
      assertion: assertion.text,
      ...figure,
      ok: figure.value !== null && assertion.holds(figure.value),
    }));
  });
}

const shownUnits: Record<Kind, string> = { time: ' µs', bytes: ' B', factor: '' };

/** What was measured for a requirement, in words: `162.7 µs`, `1,048,576 B`, `1.5`. */
export function measuredText({ assertion, value }: Pick<Checked, 'assertion' | 'value'>): string {
  if (value === null) return 'nothing measured';
  const { kind } = parseAssertion(assertion);
  const digits = kind === 'bytes' ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 5 };
  return `${value.toLocaleString('en', digits)}${shownUnits[kind]}`;
}

type Figure = Pick<Checked, 'model' | 'engine' | 'value'>;

function rows({ engine, metric }: Assertion, { results }: BenchResult): Figure[] {
  const meant = ({ engine: name }: BenchRow) =>
    engine === null ? name.startsWith('weightfold') : name === engine;
  return results.filter(meant).map((row) => ({
    model: row.model,
    engine: row.engine,
    value: metrics[metric]!.of(row),
  }));
}

function ratios({ engine }: Assertion, result: BenchResult): Figure[] {
  return result.ratios
    .filter(({ versus }) => engine === null || versus === engine)
    .map(({ model, versus, ratio }) => ({ model, engine: versus, value: ratio }));
}
