import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFileAtomic } from '@weightfold/base';

const folder = fileURLToPath(new URL('../baselines', import.meta.url));

/** Path of packages/bench/baselines/<name>.csv. */
export const baselineFile = (name: string, inFolder = folder): string => path.join(inFolder, `${name}.csv`);

/**
 * Records rows in packages/bench/baselines/<name>.csv. A row replaces the one with the same values in the key columns; a
 * change of a figure is then a change of a line in git.
 */
export function recordBaselines(
  name: string,
  keys: string[],
  rows: Record<string, string | number>[],
  inFolder = folder,
): string {
  const file = baselineFile(name, inFolder);
  const kept = fs.existsSync(file) ? parseCsv(fs.readFileSync(file, 'utf8')) : [];
  const heads = [...new Set([...rows, ...kept].flatMap((row) => Object.keys(row)))];
  const keyOf = (row: Record<string, unknown>) => keys.map((key) => String(row[key])).join('\n');
  const fresh = new Set(rows.map(keyOf));
  const all = [...kept.filter((row) => !fresh.has(keyOf(row))), ...rows];
  all.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const lines = all.map((row) => heads.map((head) => csvCell(String(row[head] ?? ''))).join(','));
  writeFileAtomic(file, `${[heads.join(','), ...lines].join('\n')}\n`);
  return file;
}

const csvCell = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Rows of a CSV file with a line of heads (RFC 4180 without line breaks inside cells). */
export function parseCsv(text: string): Record<string, string>[] {
  const [heads = [], ...rows] = text.split('\n').filter(Boolean).map(cells);
  return rows.map((row) => Object.fromEntries(heads.map((head, i) => [head, row[i] ?? ''])));
}

function cells(line: string): string[] {
  const found = line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g);
  const list = [...found].map(([, cell]) =>
    cell!.startsWith('"') ? cell!.slice(1, -1).replaceAll('""', '"') : cell!,
  );
  return list.slice(0, -1);
}
