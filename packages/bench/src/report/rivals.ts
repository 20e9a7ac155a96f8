import fs from 'node:fs';
import { UsageError } from '@weightfold/base';
import type { Rival } from './document.js';

const needed = ['name', 'source', 'accuracyInt8', 'bytes'] as const;

/**
 * Files of others as they were recorded: CSV with the columns name, source, accuracyInt8 (percent), bytes (packed, as they
 * would ship), and medianUs where it was measured. Further columns are free.
 * @throws UsageError for a column that is missing, or a figure that is none
 */
export function readRivals(file: string): Rival[] {
  const [head = [], ...lines] = fs
    .readFileSync(file, 'utf8')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map(cells);
  const missing = needed.find((name) => !head.includes(name));
  if (missing !== undefined) throw wrong(file, `a column ${missing}`, head.join(', ') || 'none');
  return lines.map((line, i) => {
    const text = (name: string) => line[head.indexOf(name)] ?? '';
    const figure = (name: string) => {
      const value = Number(text(name));
      if (text(name) !== '' && Number.isFinite(value) && value >= 0) return value;
      throw wrong(`${file}, line ${i + 2}`, `${name} to be a number`, text(name) || 'nothing');
    };
    const medianUs = head.includes('medianUs') && text('medianUs') !== '' ? figure('medianUs') : null;
    const [accuracyInt8, bytes] = [figure('accuracyInt8'), Math.round(figure('bytes'))];
    return { name: text('name'), source: text('source'), accuracyInt8, bytes, medianUs };
  });
}

/** Cells of a line of RFC 4180, without line breaks in them. */
function cells(line: string): string[] {
  const found = line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g);
  return [...found].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '');
}

function wrong(where: string, expected: string, received: string): UsageError {
  return new UsageError(`${where}: expected ${expected} but received ${received}`, {
    where,
    expected,
    received,
  });
}
