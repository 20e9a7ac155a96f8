import { measuredText } from '@weightfold/bench/assertions';
import type { BenchResult } from '@weightfold/bench/measure';
import { decimal, integer, micros, textTable } from './table.js';

type Row = BenchResult['results'][number];
type Ratio = BenchResult['ratios'][number];
/** An engine that refused a model, or that is absent. */
type LeftOut = { model?: string; engine: string; reason: string };

const columns: [head: string, cell: (row: Row) => string | null][] = [
  ['model', (row) => row.model],
  ['engine', (row) => row.engine],
  ['median µs', (row) => micros(row.medianUs)],
  ['95 % interval µs', (row) => interval(row.ci95Us, micros)],
  ['p95 µs', (row) => micros(row.p95Us)],
  ['p99 µs', (row) => micros(row.p99Us)],
  ['min µs', (row) => micros(row.minUs)],
  ['trusted', (row) => (row.trusted ? 'yes' : 'no')],
];

const sizeColumns: [head: string, cell: (row: Row) => string | null][] = [
  ['model', (row) => row.model],
  ['engine', (row) => row.engine],
  ['first µs', (row) => decimal(row.firstUs, 0)],
  ['load ms', (row) => decimal(row.loadMs, 2)],
  ['arena bytes', (row) => integer(row.arenaBytes)],
  ['peak RSS bytes', (row) => integer(row.peakRssBytes)],
  ['.tflite bytes', (row) => integer(row.fileBytes)],
  ['.wfz bytes', (row) => integer(row.wfzBytes)],
];

const ratioColumns: [head: string, cell: (ratio: Ratio) => string | null][] = [
  ['model', (ratio) => ratio.model],
  ['engine', (ratio) => ratio.engine],
  ['versus', (ratio) => ratio.versus],
  ['times as fast', (ratio) => decimal(ratio.ratio, 3)],
  ['99 % interval', (ratio) => interval(ratio.ci99, (bound) => decimal(bound, 3))],
  ['verdict', (ratio) => ratio.verdict],
];

const refusedColumns: [head: string, cell: (refusal: LeftOut) => string | null][] = [
  ['model', ({ model }) => model ?? 'any'],
  ['engine', ({ engine }) => engine],
  ['left out, because', ({ reason }) => firstSentence(reason)],
];

/** Rivals may repeat themselves at length; JSON and CSV have all of it. */
function firstSentence(text: string): string {
  const [first = ''] = text.split(/\n|(?<=\.)(?=[A-Z ])/);
  return first.length <= 100 ? first : `${first.slice(0, 99)}…`;
}

function interval(
  bounds: readonly number[] | null | undefined,
  figure: (bound: number) => string | null,
): string | null {
  return bounds ? bounds.map(figure).join(' – ') : null;
}

function cells<T>(defined: [string, (row: T) => string | null][], rows: T[]): (string | null)[][] {
  return rows.map((row) => defined.map(([, cell]) => cell(row)));
}

function heads<T>(defined: [string, (row: T) => string | null][]): string[] {
  return defined.map(([head]) => head);
}

/** Which rows are not to be trusted, and why: of a reason that not all of them have, whose it is. */
function caveat({ results, ratios }: BenchResult): string {
  const untrusted = results.filter(({ trusted }) => !trusted);
  if (untrusted.length === 0) return '';
  const engines = [...new Set(untrusted.map(({ engine }) => engine))].join(', ');
  const also = ratios.length > 0 ? ', nor the ratios that they are part of' : '';
  const reasons = [...new Set(untrusted.flatMap((row) => row.reasons))].map((reason) => {
    const about = untrusted.filter((row) => row.reasons.includes(reason));
    const which = about.map(({ engine, model }) => `${engine}, ${model}`).join('; ');
    return `- ${reason}${about.length < untrusted.length ? ` (${which})` : ''}`;
  });
  return (
    `Not to be trusted: ${untrusted.length} of ${results.length} rows (${engines})${also}:\n\n` +
    reasons.join('\n')
  );
}

/** Where and how it was measured, in a line or two. */
function circumstances({ context }: BenchResult): string {
  const { cpu, cores, arch, kernel, governors, pinned, after } = context;
  const facts = [
    `${cpu}, ${cores} cores, ${arch}, Linux ${kernel}`,
    governors.length > 0 ? `governor ${governors.join(', ')}` : null,
    after.frequencyMHz === null ? null : `${after.frequencyMHz.toFixed(0)} MHz`,
    after.temperatureC === null ? null : `${after.temperatureC.toFixed(0)} °C`,
    pinned === null ? null : `pinned to CPU ${pinned.join(', ')}`,
    after.load1 === null ? null : `load ${after.load1}`,
  ];
  return facts.filter((fact) => fact !== null).join('; ');
}

function soakText({ soak = [] }: BenchResult): string {
  return soak
    .map(({ model, engine, seconds, windows, drift }) => {
      const worst = Math.max(...windows.map(({ maxUs }) => maxUs));
      return (
        `Soak of ${model} (${engine}): ${seconds} s, the last tenth at ${drift.toFixed(3)} of the first's median; ` +
        `slowest ${micros(worst)} µs`
      );
    })
    .join('\n');
}

function assertionText({ assertions = [] }: BenchResult): string {
  return assertions
    .map((checked) => {
      const about = [checked.engine, checked.model].filter(Boolean).join(', ');
      return `- ${checked.ok ? 'holds' : 'MISSED'}: ${checked.assertion} (${about}: ${measuredText(checked)})`;
    })
    .join('\n');
}

/** Which models are so short that a sample is the mean of several runs. */
function batchText({ results }: BenchResult): string {
  return results
    .filter(({ runsPerSample }) => runsPerSample > 1)
    .map(
      ({ model, engine, runsPerSample }) =>
        `${model} (${engine}) is too short to be timed run by run: a sample is the mean of ${runsPerSample}, in p95, p99 and min, too`,
    )
    .join('\n');
}

function boardText({ board }: BenchResult): string {
  if (!board) return '';
  const { host, arch, bits, node, libc, reconnects, outputs } = board;
  const facts = [
    bits === null ? arch : `${arch} with ${bits}-bit programs`,
    libc ?? 'no glibc',
    node ? `Node ${node}` : 'no Node',
  ].join(', ');
  const lost = reconnects > 0 ? `; the connection was lost and made again ${reconnects} times` : '';
  const equal = `outputs of ${outputs.length === 1 ? '1 model' : `${outputs.length} models`} equal this machine's bit for bit`;
  return `Board ${host}: ${facts}; ${equal}${lost}`;
}

/** What stands below the tables: board, circumstances, soak, assertions, caveat. */
function remarks(result: BenchResult): string[] {
  return [
    boardText(result),
    circumstances(result),
    batchText(result),
    soakText(result),
    assertionText(result),
    caveat(result),
  ].filter(Boolean);
}

/** Engines without figures, and why. */
export const leftOut = ({ refused, absent }: BenchResult): LeftOut[] => [...refused, ...absent];

/** The tables for a terminal. */
export function benchText(result: BenchResult): string {
  const left = new Set(['model', 'engine', 'versus', 'verdict', 'trusted', 'left out, because']);
  const table = <T>(defined: [string, (row: T) => string | null][], rows: T[]) =>
    textTable(
      heads(defined).map((head) => ({
        head,
        align: left.has(head) ? ('left' as const) : ('right' as const),
        cut: head === 'model',
      })),
      cells(defined, rows),
    );
  const ratios = result.ratios.length > 0 ? `\n\n${table(ratioColumns, result.ratios)}` : '';
  const others = leftOut(result);
  const refused = others.length > 0 ? `\n\n${table(refusedColumns, others)}` : '';
  const measured = `${table(columns, result.results)}\n\n${table(sizeColumns, result.results)}`;
  const tables = (result.results.length > 0 ? measured : '') + ratios + refused;
  return [tables.trim(), ...remarks(result)].join('\n\n');
}

export function benchMarkdown(result: BenchResult): string {
  const table = <T>(defined: [string, (row: T) => string | null][], rows: T[]) => {
    const lines = [heads(defined), heads(defined).map(() => '---'), ...cells(defined, rows)];
    return lines
      .map((line) => `| ${line.map((cell) => (cell ?? '–').replaceAll('|', '\\|')).join(' | ')} |`)
      .join('\n');
  };
  const ratios = result.ratios.length > 0 ? `\n\n${table(ratioColumns, result.ratios)}` : '';
  const others = leftOut(result);
  const refused = others.length > 0 ? `\n\n${table(refusedColumns, others)}` : '';
  const measured = `${table(columns, result.results)}\n\n${table(sizeColumns, result.results)}`;
  return `${[measured + ratios + refused, ...remarks(result)].join('\n\n')}\n`;
}
