import type { BenchResult } from '@weightfold/bench/measure';
import { leftOut } from './bench-output.js';

const csvKeys = [
  'model',
  'engine',
  'version',
  'threads',
  'runs',
  'runsPerSample',
  'medianUs',
  'ci95LowUs',
  'ci95HighUs',
  'minUs',
  'p5Us',
  'p95Us',
  'p99Us',
  'madUs',
  'firstUs',
  'loadMs',
  'peakRssBytes',
  'arenaBytes',
  'fileBytes',
  'wfzBytes',
  'ratio',
  'ratioLow',
  'ratioHigh',
  'verdict',
  'trusted',
  'reason',
] as const;

/**
 * One line per result with the JSON keys as heads and plain numbers (RFC 4180); `ratio`, with its 99 % interval, and `verdict`
 * tell how many times as fast our runtime is as the line's engine. One without numbers for an engine that refused or is absent.
 */
export function benchCsv(result: BenchResult): string {
  const measured = result.results.map((row) => {
    const ratio = result.ratios.find(({ model, versus }) => model === row.model && versus === row.engine);
    return {
      ...row,
      ci95LowUs: row.ci95Us[0],
      ci95HighUs: row.ci95Us[1],
      ratio: ratio?.ratio,
      ratioLow: ratio?.ci99[0],
      ratioHigh: ratio?.ci99[1],
      verdict: ratio?.verdict,
      reason: row.reasons.join('; '),
    };
  });
  const lines = [...measured, ...leftOut(result)].map((row) => {
    const flat: Record<string, unknown> = { ...row };
    return csvKeys.map((key) => csvCell(flat[key])).join(',');
  });
  return `${[csvKeys.join(','), ...lines].join('\r\n')}\r\n`;
}

function csvCell(value: unknown): string {
  const text = value === null || value === undefined ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
