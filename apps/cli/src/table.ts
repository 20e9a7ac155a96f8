import Table from 'cli-table3';

type Cell = string | number | null | undefined;

/** A column: its head, and how it is aligned (numbers to the right). */
export interface Column {
  head: string;
  align?: 'left' | 'right';
  /** Names and the like: cut at their start, to 48 letters and to what the other columns leave. */
  cut?: boolean;
}

/** Columns of text that fit most terminals and pages. */
const pageWidth = 110;
const [mostCut, leastCut] = [48, 12];

/** A plain text table without colours, two blanks between columns; missing cells read "–". */
export function textTable(columns: Column[], cells: Cell[][]): string {
  const rows = cutToFit(
    columns,
    cells.map((row) => row.map((cell) => (cell === null || cell === undefined ? '–' : String(cell)))),
  );
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
  table.push(...rows);
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

/** A fixed number of decimals; what is no finite number, and null, gives null (printed as "–"). */
export function decimal(value: number | null | undefined, digits: number): string | null {
  return value === null || value === undefined || !Number.isFinite(value) ? null : value.toFixed(digits);
}

/** Microseconds: clocks tell some 10 ns, which count below 10 µs. */
export function micros(value: number | null | undefined): string | null {
  return decimal(value, (value ?? 0) < 10 ? 2 : 1);
}

/** A fraction 0…1 as a percentage. */
export function percent(fraction: number | null | undefined, digits = 1): string | null {
  return fraction === null || fraction === undefined ? null : `${(fraction * 100).toFixed(digits)} %`;
}

/** Fused tensors carry the names of all their parts, parted by semicolons: the first. */
export function shortName(name: string): string {
  return name.split(';')[0]!;
}

/** Cuts cells of the columns that may be cut, the widest first, until the table fits the page. */
function cutToFit(columns: Column[], rows: string[][]): string[][] {
  const widths = columns.map(({ head, cut }, i) => {
    const widest = Math.max(head.length, ...rows.map((row) => row[i]!.length));
    return cut ? Math.min(widest, mostCut) : widest;
  });
  let over = widths.reduce((sum, width) => sum + width + 2, -2) - pageWidth;
  for (; over > 0; over--) {
    const widest = columns.reduce(
      (found, { cut, head }, i) =>
        cut && widths[i]! > Math.max(leastCut, head.length, widths[found] ?? 0) ? i : found,
      -1,
    );
    if (widest < 0) break;
    widths[widest]!--;
  }
  return rows.map((row) =>
    row.map((text, i) =>
      columns[i]!.cut && text.length > widths[i]! ? `…${text.slice(1 - widths[i]!)}` : text,
    ),
  );
}

/** `key  value` lines, values at the same column and broken between words where they are longer than a page is wide. */
export function keyValues(rows: [key: string, value: string][], keyWidth: number): string {
  return rows.map(([key, value]) => `${key.padEnd(keyWidth)}  ${wrap(value, keyWidth + 2)}`).join('\n');
}

function wrap(text: string, indent: number): string {
  const lines = [''];
  for (const word of text.split(/(?<!×) /)) {
    const line = lines.at(-1)!;
    if (line !== '' && line.length + 1 + word.length > pageWidth - indent) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join(`\n${' '.repeat(indent)}`);
}
