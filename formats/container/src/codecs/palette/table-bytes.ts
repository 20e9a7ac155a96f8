import { readHead } from './decode.js';

/** The inner codec's bytes, as the registry has them. */
type InnerTableBytes = (codec: number, coded: Uint8Array, length: number, offset: number) => number;

/** Bytes of lookup tables: the steps of all palettes, two counts for each channel, and what the inner codec takes. */
export function paletteTableBytes(
  coded: Uint8Array,
  length: number,
  offset: number,
  inner: InnerTableBytes,
): number {
  const { codec, palettes, reader } = readHead(coded, length, offset);
  const steps = palettes.reduce((sum, { above, below }) => sum + above.length + below.length, 0);
  return 2 * palettes.length + steps + inner(codec, coded.subarray(reader.position), length, reader.offset);
}
