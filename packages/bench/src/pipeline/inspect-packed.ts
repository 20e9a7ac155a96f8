import { targets } from '@weightfold/compressor';
import { codecs, formatVersion, openContainer } from '@weightfold/container';
import type { Model } from '@weightfold/tflite';

export interface PackedBlock {
  /** The tensor's name, or the kind in parentheses for a stream that is gathered from the whole file. */
  name: string;
  kind: string;
  codec: string;
  bytes: number;
  codedBytes: number;
  /** Bytes of lookup tables that its decoder needs. */
  tableBytes: number;
}

/** How a container is packed. */
export interface Packed {
  formatVersion: number;
  /** Magic, sizes, hash, table of blocks and checksums. */
  headerBytes: number;
  blocks: PackedBlock[];
  /** Of the block that needs most, or of the header. */
  tableBytes: number;
  /** The narrowest target whose decoders can unpack it. */
  target: 'mcu' | 'any';
}

/** Codecs, kinds and sizes of every block of a .wfz. @throws ContainerError for a damaged one */
export function inspectPacked(wfz: Uint8Array, model: Model): Packed {
  const container = openContainer(wfz);
  const names = new Map<number, string>();
  for (const { tensors } of model.subgraphs) {
    for (const { buffer, name } of tensors) if (!names.has(buffer)) names.set(buffer, String(name ?? ''));
  }
  const blocks = container.blocks.map(({ kind, id, codec, length, codedLength }, index): PackedBlock => {
    return {
      name: (kind === 'tensor' && names.get(id)) || `(${kind === 'tensor' ? `buffer ${id}` : kind})`,
      kind,
      codec: codecs.find((candidate) => candidate.id === codec)!.name,
      bytes: length,
      codedBytes: codedLength,
      tableBytes: container.blockTableBytes(index),
    };
  });
  const tableBytes = container.tableBytes();
  const coded = blocks.reduce((sum, { codedBytes }) => sum + codedBytes, 0);
  const target = tableBytes <= targets.mcu ? 'mcu' : 'any';
  return { formatVersion, headerBytes: wfz.length - coded, blocks, tableBytes, target };
}
