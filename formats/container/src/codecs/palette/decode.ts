import { ByteReader } from '../../bytes.js';
import { NumberDecoder } from '../../coding/numbers.js';
import { damaged } from '../../errors.js';
import {
  type ChannelShape,
  channelCount,
  fillByteValues,
  getPalette,
  limits,
  numberContexts,
  type Palette,
} from './palettes.js';

/** A decoder of symbols, as the registry has them. */
export type InnerDecoder = (codec: number, coded: Uint8Array, length: number, offset: number) => Uint8Array;

function readPalettes(side: Uint8Array, channels: number, most: number, offset: number): Palette[] {
  const input = new NumberDecoder(numberContexts, side);
  let entries = 0;
  const palettes = Array.from({ length: channels }, () => {
    const palette = getPalette(input);
    entries += palette ? palette.above.length + palette.below.length : 0;
    if (!palette || entries > most) {
      throw damaged(offset, 'palettes', `steps up to 128 and at most ${most} entries`, 'others');
    }
    return palette;
  });
  if (!input.exact) throw damaged(offset, 'palettes', 'all bytes to be used', 'another length');
  return palettes;
}

/** Maps every `step`-th symbol of [first, end) to its value; returns where one has none, or `end`. */
function mapSymbols(data: Uint8Array, values: Int16Array, first: number, end: number, step: number): number {
  for (let i = first; i < end; i += step) {
    const value = values[data[i]!]!;
    if (value < 0) return i;
    data[i] = value;
  }
  return end;
}

/** Decodes `length` bytes. @param inner decodes the ranks. @param offset where `coded` begins in the container */
export function decodePalette(
  coded: Uint8Array,
  length: number,
  offset: number,
  inner: InnerDecoder,
): Uint8Array {
  const reader = new ByteReader(coded, offset);
  const head = reader.u8('palette header');
  const center = reader.u8('palette center');
  const shape: ChannelShape = {
    axis: head & 128 ? 'inner' : 'outer',
    length: reader.bounded('channel length', 1, length),
  };
  const channels = channelCount(shape, length);
  if (channels > limits.channels) {
    throw damaged(reader.offset, 'number of channels', `at most ${limits.channels}`, `${channels}`);
  }
  const side = reader.bytes(reader.varint('length of palettes'), 'palettes');
  const palettes = readPalettes(side, channels, Math.min(length, limits.entries), offset);
  const data = inner(head & 127, coded.subarray(reader.position), length, reader.offset);
  const step = shape.axis === 'inner' ? shape.length : 1;
  const values = new Int16Array(256);
  for (let channel = 0; channel < channels; channel++) {
    const first = shape.axis === 'inner' ? channel : channel * shape.length;
    const end = shape.axis === 'inner' ? length : Math.min(length, first + shape.length);
    fillByteValues(values, palettes[channel]!, center);
    const missing = mapSymbols(data, values, first, end, step);
    if (missing < end)
      throw damaged(
        offset,
        `palette index of byte ${missing}`,
        'an entry of its palette',
        `${data[missing]}`,
      );
  }
  return data;
}
