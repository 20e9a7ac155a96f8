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
  paletteForms,
  type StepSource,
} from './palettes.js';
import { getSharedPalettes, sharedNumberContexts } from './shared.js';
import { paletteTokens } from './tokens.js';

/** A decoder of symbols, as the registry has them. */
export type InnerDecoder = (codec: number, coded: Uint8Array, length: number, offset: number) => Uint8Array;

function readShared(side: Uint8Array, channels: number, most: number, offset: number): Palette[] {
  const input = new NumberDecoder(sharedNumberContexts, side);
  const shared = getSharedPalettes(input, channels, most);
  if (!shared)
    throw damaged(offset, 'shared palettes', `steps up to 128 and at most ${most} of them`, 'others');
  if (!input.exact) throw damaged(offset, 'shared palettes', 'all bytes to be used', 'another length');
  return shared.ofChannel.map((index) => shared.palettes[index]!);
}

function readPalettes(input: StepSource, channels: number, most: number, offset: number): Palette[] {
  let steps = 0;
  const palettes = Array.from({ length: channels }, () => {
    const palette = getPalette(input);
    steps += palette ? palette.above.length + palette.below.length : 0;
    if (!palette || steps > most) {
      throw damaged(offset, 'palettes', `steps up to 128 and at most ${most} of them`, 'others');
    }
    return palette;
  });
  if (!input.exact) throw damaged(offset, 'palettes', 'all bytes to be used', 'another length');
  return palettes;
}

function palettesIn(
  form: number,
  side: Uint8Array,
  channels: number,
  most: number,
  offset: number,
): Palette[] {
  if (form === paletteForms.shared) return readShared(side, channels, most, offset);
  const source =
    form === paletteForms.tokens ? paletteTokens(side, offset) : new NumberDecoder(numberContexts, side);
  return readPalettes(source, channels, most, offset);
}

/** All before the ranks, which begin where the reader is. @param offset where `coded` begins in the container */
export function readHead(coded: Uint8Array, length: number, offset: number) {
  const reader = new ByteReader(coded, offset);
  const head = reader.u8('palette header');
  const center = reader.u8('palette center');
  const shape: ChannelShape = {
    axis: head & 128 ? 'inner' : 'outer',
    length: reader.bounded('channel length', 1, length),
  };
  const form = (head >> 5) & 3;
  if (form > paletteForms.tokens) {
    throw damaged(reader.offset, 'form of palettes', 'numbers, shared or tokens', `${form}`);
  }
  const channels = channelCount(shape, length);
  if (channels > limits.channels) {
    throw damaged(reader.offset, 'number of channels', `at most ${limits.channels}`, `${channels}`);
  }
  const side = reader.bytes(reader.varint('length of palettes'), 'palettes');
  const palettes = palettesIn(form, side, channels, Math.min(length, limits.steps), offset);
  return { codec: head & 31, center, shape, palettes, reader };
}

/** Decodes `length` bytes. @param inner decodes the ranks. @param offset where `coded` begins in the container */
export function decodePalette(
  coded: Uint8Array,
  length: number,
  offset: number,
  inner: InnerDecoder,
): Uint8Array {
  const { codec, center, shape, palettes, reader } = readHead(coded, length, offset);
  const data = inner(codec, coded.subarray(reader.position), length, reader.offset);
  const step = shape.axis === 'inner' ? shape.length : 1;
  const values = new Uint8Array(256);
  for (let channel = 0; channel < palettes.length; channel++) {
    const first = shape.axis === 'inner' ? channel : channel * shape.length;
    const end = shape.axis === 'inner' ? length : Math.min(length, first + shape.length);
    fillByteValues(values, palettes[channel]!, center);
    for (let i = first; i < end; i += step) data[i] = values[data[i]!]!;
  }
  return data;
}
