import type { BenchResult } from '@weightfold/bench/measure';
import { decimal, integer, textTable } from './table.js';

type Row = BenchResult['results'][number];
type Ratio = BenchResult['ratios'][number];
type Refusal = BenchResult['refused'][number];

const columns: [head: string, cell: (row: Row) => string | null][] = [
  ['model', (row) => row.model],
  ['engine', (row) => row.engine],
  ['median µs', (row) => decimal(row.medianUs, 1)],
  ['p95 µs', (row) => decimal(row.p95Us, 1)],
  ['95 % interval µs', (row) => interval(row.ci95Us, 1)],
  ['load ms', (row) => decimal(row.loadMs, 2)],
  ['arena bytes', (row) => integer(row.arenaBytes)],
  ['peak RSS bytes', (row) => integer(row.peakRssBytes)],
  ['trusted', (row) => (row.trusted ? 'yes' : 'no')],
];

const ratioColumns: [head: string, cell: (ratio: Ratio) => string | null][] = [
  ['model', (ratio) => ratio.model],
  ['engine', (ratio) => ratio.engine],
  ['versus', (ratio) => ratio.versus],
  ['times as fast', (ratio) => decimal(ratio.ratio, 2)],
  ['95 % interval', (ratio) => interval(ratio.ci95, 2)],
];

const refusedColumns: [head: string, cell: (refusal: Refusal) => string | null][] = [
  ['model', ({ model }) => model],
  ['engine', ({ engine }) => engine],
  ['left out, because', ({ reason }) => firstSentence(reason)],
];

/** Rivals may repeat themselves at length; JSON and CSV have all of it. */
function firstSentence(text: string): string {
  const [first = ''] = text.split(/\n|(?<=\.)(?=[A-Z ])/);
  return first.length <= 100 ? first : `${first.slice(0, 99)}…`;
}

function interval(bounds: readonly number[] | null | undefined, digits: number): string | null {
  return bounds ? bounds.map((bound) => bound.toFixed(digits)).join(' – ') : null;
}

function cells<T>(defined: [string, (row: T) => string | null][], rows: T[]): (string | null)[][] {
  return rows.map((row) => defined.map(([, cell]) => cell(row)));
}

function heads<T>(defined: [string, (row: T) => string | null][]): string[] {
  return defined.map(([head]) => head);
}

/** What `trusted` means, and which rows are not. */
function caveat({ results, ratios }: BenchResult): string {
  const untrusted = results.filter(({ trusted }) => !trusted);
  if (untrusted.length === 0) return '';
  const engines = [...new Set(untrusted.map(({ engine }) => engine))].join(', ');
  const also = ratios.length > 0 ? ', nor the ratios that they are part of' : '';
  return (
    `Not to be trusted: ${untrusted.length} of ${results.length} rows (${engines})${also}. The medians of their rounds vary by ` +
    'more than 10 %:\nsomething else was running. Measure again on an idle machine, or with more --runs.'
  );
}

/** The tables for a terminal. */
export function benchText(result: BenchResult): string {
  const left = new Set(['model', 'engine', 'versus', 'trusted', 'left out, because']);
  const table = <T>(defined: [string, (row: T) => string | null][], rows: T[]) =>
    textTable(
      heads(defined).map((head) => ({
        head,
        align: left.has(head) ? ('left' as const) : ('right' as const),
      })),
      cells(defined, rows),
    );
  const ratios = result.ratios.length > 0 ? `\n\n${table(ratioColumns, result.ratios)}` : '';
  const refused = result.refused.length > 0 ? `\n\n${table(refusedColumns, result.refused)}` : '';
  const note = caveat(result);
  return table(columns, result.results) + ratios + refused + (note && `\n\n${note}`);
}

/** One line per result with the JSON keys as heads and plain numbers (RFC 4180); one without numbers for an engine that refused. */
export function benchCsv(result: BenchResult): string {
  const keys = [
    'model',
    'engine',
    'medianUs',
    'p95Us',
    'ci95LowUs',
    'ci95HighUs',
    'peakRssBytes',
    'arenaBytes',
    'loadMs',
    'trusted',
    'reason',
  ];
  const measured = result.results.map((row) => ({
    ...row,
    ci95LowUs: row.ci95Us?.[0],
    ci95HighUs: row.ci95Us?.[1],
  }));
  const lines = [...measured, ...result.refused].map((row) => {
    const flat: Record<string, unknown> = { ...row };
    return keys.map((key) => csvCell(flat[key])).join(',');
  });
  return `${[keys.join(','), ...lines].join('\r\n')}\r\n`;
}

function csvCell(value: unknown): string {
  const text = value === null || value === undefined ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function benchMarkdown(result: BenchResult): string {
  const table = <T>(defined: [string, (row: T) => string | null][], rows: T[]) => {
    const lines = [heads(defined), heads(defined).map(() => '---'), ...cells(defined, rows)];
    return lines
      .map((line) => `| ${line.map((cell) => (cell ?? '–').replaceAll('|', '\\|')).join(' | ')} |`)
      .join('\n');
  };
  const ratios = result.ratios.length > 0 ? `\n\n${table(ratioColumns, result.ratios)}` : '';
  const refused = result.refused.length > 0 ? `\n\n${table(refusedColumns, result.refused)}` : '';
  const note = caveat(result);
  return `${table(columns, result.results)}${ratios}${refused}${note && `\n\n${note}`}\n`;
}

export function benchHtml(result: BenchResult): string {
  const table = <T>(defined: [string, (row: T) => string | null][], rows: T[]) => {
    const line = (tag: string, values: (string | null)[]) =>
      `<tr>${values.map((value) => `<${tag}>${escapeHtml(value ?? '–')}</${tag}>`).join('')}</tr>`;
    const body = cells(defined, rows).map((values) => line('td', values));
    return `<table><thead>${line('th', heads(defined))}</thead><tbody>${body.join('\n')}</tbody></table>`;
  };
  const ratios = result.ratios.length > 0 ? `<h2>Ratios</h2>${table(ratioColumns, result.ratios)}` : '';
  const refused =
    result.refused.length > 0 ? `<h2>Left out</h2>${table(refusedColumns, result.refused)}` : '';
  const told = caveat(result);
  const note = told && `<p>${escapeHtml(told)}</p>`;
  const style = 'body{font:16px/1.5 system-ui;margin:2rem}td,th{padding:.2rem .8rem;text-align:left}';
  return (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>weightfold bench</title>' +
    `<style>${style}</style><h1>weightfold bench</h1>${table(columns, result.results)}${ratios}${refused}${note}</html>\n`
  );
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
