import Table from 'cli-table3';

type Cell = string | number | null | undefined;

/** A column: its head, and how it is aligned (numbers to the right). */
export interface Column {
  head: string;
  align?: 'left' | 'right';
}

/** A plain text table without colours, two blanks between columns; missing cells read "–". */
export function textTable(columns: Column[], rows: Cell[][]): string {
  const none = Object.fromEntries(
    ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right']
      .concat(['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'])
      .map((name) => [name, '']),
  );
  const table = new Table({
    head: columns.map((column) => column.head),
    colAligns: columns.map((column) => column.align ?? 'left'),
    chars: { ...none, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const row of rows)
    table.push(row.map((cell) => (cell === null || cell === undefined ? '–' : String(cell))));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

const english = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** 301904 → "301,904". */
export function integer(value: number | null | undefined): string | null {
  return value === null || value === undefined ? null : english.format(value);
}

/** A fixed number of decimals; null stays null (printed as "–"). */
export function decimal(value: number | null | undefined, digits: number): string | null {
  return value === null || value === undefined || Number.isNaN(value) ? null : value.toFixed(digits);
}

/** A fraction 0…1 as a percentage. */
export function percent(fraction: number | null | undefined, digits = 1): string | null {
  return fraction === null || fraction === undefined ? null : `${(fraction * 100).toFixed(digits)} %`;
}

/** Fused tensors carry the names of all their parts, parted by semicolons: the first, and of that the last 48 letters. */
export function shortName(name: string): string {
  const first = name.split(';')[0]!;
  return first.length <= 48 ? first : `…${first.slice(-47)}`;
}
