import type { RivalSizes } from '@weightfold/bench/sizes';
import type { CompressReport } from '@weightfold/compressor';
import { type Column, integer, shortName, textTable } from '../table.js';

/** What other packers make of the whole file, and of each tensor or stream in the order of the report. */
interface Compared {
  file: RivalSizes;
  tensors: RivalSizes[];
}

/** Packs the file and every block of its container with gzip -9, zstd --ultra -22, xz -9e and brotli 11. */
export async function compareTensors(model: Uint8Array, wfz: Uint8Array): Promise<Compared> {
  const { rivalSizes } = await import('@weightfold/bench/sizes');
  const { openContainer } = await import('@weightfold/container');
  const container = openContainer(wfz);
  const tensors: RivalSizes[] = [];
  for (const index of container.blocks.keys()) tensors.push(await rivalSizes(container.decodeBlock(index)));
  return { file: await rivalSizes(model), tensors };
}

const rivals = ['gzip', 'zstd', 'xz', 'brotli'] as const;

const own: Column[] = [
  { head: 'tensor', cut: true },
  { head: 'bytes', align: 'right' },
  { head: 'wfz', align: 'right' },
  { head: 'codec' },
];

const ownCells = ({ name, bytes, codedBytes, codec }: CompressReport['tensors'][number]) => [
  shortName(name),
  integer(bytes),
  integer(codedBytes),
  codec,
];

/** Tensors with their sizes and codecs. */
export function tensorTable({ tensors }: CompressReport): string {
  return textTable(own, tensors.map(ownCells));
}

/** The same beside what other packers make of each; – for one that is not installed. */
export function comparisonTable(report: CompressReport, compared: Compared): string {
  const cells = (sizes: RivalSizes) => rivals.map((rival) => integer(sizes[rival]));
  const rows = report.tensors.map((tensor, i) => [...ownCells(tensor), ...cells(compared.tensors[i]!)]);
  const { inputBytes, outputBytes } = report;
  const whole = ['whole file', integer(inputBytes), integer(outputBytes), '', ...cells(compared.file)];
  const columns = [...own, ...rivals.map((head): Column => ({ head, align: 'right' }))];
  return textTable(columns, [...rows, whole]);
}
