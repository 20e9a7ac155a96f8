import fs from 'node:fs';
import path from 'node:path';
import { UsageError } from '@weightfold/base';
import { parseCsv } from '../baselines.js';
import { type BenchResult, benchSchema } from '../measure/schema.js';
import type { Rival } from './document.js';
import { parseJson } from './result.js';

type Row = Record<string, string>;

/**
 * Files of others as they were recorded (packages/bench/figures/tfmot.csv): CSV with the columns stage, accuracyInt8 (percent),
 * zipBytes (packed, as they would ship), and medianUs where it was measured. Further columns are free.
 * @param model which rows, by the column model; null: all, where there is one model
 * @throws UsageError for a column that is missing, a figure that is none, and rows of several models of which none is chosen
 */
export function readRivals(file: string, model: string | null = null): Rival[] {
  const rows = parseCsv(fs.readFileSync(file, 'utf8').replaceAll('\r\n', '\n'));
  for (const column of ['stage', 'accuracyInt8', 'zipBytes'])
    if (rows[0]?.[column] === undefined)
      throw wrong(file, `a column ${column}`, Object.keys(rows[0] ?? {}).join(', ') || 'no rows');
  const models = [...new Set(rows.map((row) => row.model ?? ''))];
  if (model === null ? models.length > 1 : !models.includes(model))
    throw wrong(
      file,
      `a model chosen of ${models.join(', ')}`,
      model ?? 'none',
      'Name it with --rivals-model.',
    );
  const source = path.basename(file, '.csv');
  return rows.flatMap((row, i) =>
    model !== null && row.model !== model ? [] : [rivalOf(row, source, `${file}, line ${i + 2}`)],
  );
}

function rivalOf(row: Row, source: string, where: string): Rival {
  const figure = (name: string) => {
    const value = Number(row[name]);
    if (row[name] !== '' && Number.isFinite(value) && value >= 0) return value;
    throw wrong(where, `${name} to be a number`, row[name] || 'nothing');
  };
  return {
    name: row.stage!,
    source,
    accuracyInt8: figure('accuracyInt8'),
    bytes: Math.round(figure('zipBytes')),
    medianUs: row.medianUs ? figure('medianUs') : null,
  };
}

/**
 * A measurement as `weightfold bench --json` wrote it.
 * @throws BenchError that names the first place where it is none
 */
export function readBench(file: string): BenchResult {
  return parseJson(file, benchSchema, 'write it with weightfold bench MODEL --json > FILE');
}

function wrong(where: string, expected: string, received: string, hint?: string): UsageError {
  return new UsageError(`${where}: expected ${expected} but received ${received}`, {
    where,
    expected,
    received,
    hint,
  });
}
