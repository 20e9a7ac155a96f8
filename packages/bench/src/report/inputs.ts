import fs from 'node:fs';
import { UsageError } from '@weightfold/base';
import { parseCsv } from '../baselines.js';
import type { Rival } from './document.js';

type Row = Record<string, string>;

const needed = ['name', 'source', 'accuracyInt8', 'bytes'];

/**
 * Files of others as they were recorded (packages/bench/figures): CSV with the columns name, source, accuracyInt8 (percent),
 * bytes (packed, as they would ship), and medianUs where it was measured. Further columns are free.
 * @throws UsageError for a column that is missing, or a figure that is none
 */
export function readRivals(file: string): Rival[] {
  const rows = parseCsv(fs.readFileSync(file, 'utf8').replaceAll('\r\n', '\n'));
  const missing = needed.find((name) => rows[0]?.[name] === undefined);
  if (missing !== undefined)
    throw wrong(file, `a column ${missing}`, Object.keys(rows[0] ?? {}).join(', ') || 'no rows');
  return rows.map((row, i) => rivalOf(row, `${file}, line ${i + 2}`));
}

function rivalOf(row: Row, where: string): Rival {
  const figure = (name: string) => {
    const value = Number(row[name]);
    if (row[name] !== '' && Number.isFinite(value) && value >= 0) return value;
    throw wrong(where, `${name} to be a number`, row[name] || 'nothing');
  };
  return {
    name: row.name!,
    source: row.source!,
    accuracyInt8: figure('accuracyInt8'),
    bytes: Math.round(figure('bytes')),
    medianUs: row.medianUs ? figure('medianUs') : null,
  };
}

function wrong(where: string, expected: string, received: string): UsageError {
  return new UsageError(`${where}: expected ${expected} but received ${received}`, {
    where,
    expected,
    received,
  });
}
