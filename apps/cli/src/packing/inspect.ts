import type { Inspection } from '@weightfold/bench/inspect';
import { type Column, decimal, integer, shortName, textTable } from '../table.js';

type Packed = NonNullable<Inspection['packed']>;
type Row = Pick<Packed['blocks'][number], 'kind' | 'codec' | 'bytes' | 'codedBytes'>;

const right = (head: string): Column => ({ head, align: 'right' });

/** What a .wfz is made of: sums by kind and codec, or every block. */
export function packedTable(
  { blocks, headerBytes, tableBytes, target }: Packed,
  everyBlock: boolean,
): string {
  const sizes = ({ kind, codec, bytes, codedBytes }: Row) => [
    kind,
    codec,
    integer(bytes),
    integer(codedBytes),
    decimal(codedBytes / bytes, 3),
  ];
  const sizeColumns = [{ head: 'kind' }, { head: 'codec' }, right('bytes'), right('coded'), right('ratio')];
  const table = everyBlock
    ? textTable(
        [{ head: 'block', cut: true }, ...sizeColumns],
        blocks.map((block) => [shortName(block.name), ...sizes(block)]),
      )
    : textTable(
        [right('blocks'), ...sizeColumns],
        sums(blocks).map((sum) => [integer(sum.count), ...sizes(sum)]),
      );
  const tables = target === 'mcu' ? 'at most 4,096' : integer(tableBytes);
  return `${table}\nheader and checksums ${integer(headerBytes)} bytes; decoder tables: ${tables} bytes`;
}

function sums(blocks: Packed['blocks']): (Row & { count: number })[] {
  const found = new Map<string, Row & { count: number }>();
  for (const { kind, codec, bytes, codedBytes } of blocks) {
    const key = `${kind} ${codec}`;
    const sum = found.get(key) ?? { kind, codec, bytes: 0, codedBytes: 0, count: 0 };
    found.set(key, sum);
    sum.count++;
    sum.bytes += bytes;
    sum.codedBytes += codedBytes;
  }
  return [...found.values()].sort((a, b) => b.codedBytes - a.codedBytes);
}
