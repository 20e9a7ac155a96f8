import type { BlockKind } from '@weightfold/container';

/** What is known of a tensor's constant data, as far as it helps to model it. */
export interface TensorShape {
  name: string;
  shape: number[];
  /** Bytes per element. */
  elementSize: number;
  /** int8 and uint8 are integers whose zero point is the natural center of their values. */
  dtype: string;
  /** Zero point as a byte. */
  center: number;
  /** The dimension that has one scale per index, or -1. */
  channelDimension: number;
}

/** A part of the file that is coded in a way of its own. */
export interface Region {
  kind: BlockKind;
  offset: number;
  length: number;
  /** Buffer index for tensors. */
  id: number;
  tensor: TensorShape | null;
}

/** Sorted by offset, without those that overlap an earlier one. */
export function withoutOverlaps(regions: Region[]): Region[] {
  const sorted = [...regions].sort((a, b) => a.offset - b.offset || b.length - a.length);
  let end = 0;
  return sorted.filter((region) => {
    if (region.length === 0 || region.offset < end) return false;
    end = region.offset + region.length;
    return true;
  });
}
