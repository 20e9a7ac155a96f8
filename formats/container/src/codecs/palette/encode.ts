import { ByteWriter } from '../../bytes.js';
import { NumberEncoder } from '../../coding/numbers.js';
import {
  type ChannelShape,
  channelCount,
  forEachChannelRun,
  limits,
  numberContexts,
  type Palette,
  paletteForms,
  putPalette,
} from './palettes.js';
import { putSharedPalettes, type SharedPalettes, sharedNumberContexts } from './shared.js';
import { sharedSets } from './sharing.js';
import { encodePaletteTokens } from './tokens.js';

/** Symbols of a block after the palettes were taken out, and the palettes as bytes. */
export interface PaletteSymbols {
  symbols: Uint8Array;
  /** The codec's bytes before the inner codec's, given the inner codec's id. */
  head: (innerCodec: number) => Uint8Array;
  /** What those bytes take, or some more: an estimate that needs less time than they. */
  headBits: number;
  /** Largest symbol. */
  largest: number;
}

/** Per channel, 1 for each byte that occurs. */
function presentValues(data: Uint8Array, shape: ChannelShape): Uint8Array[] {
  const present = Array.from({ length: channelCount(shape, data.length) }, () => new Uint8Array(256));
  forEachChannelRun(shape, data.length, (channel, from, to) => {
    const values = present[channel]!;
    for (let i = from; i < to; i++) values[data[i]!] = 1;
  });
  return present;
}

function paletteOf(values: Uint8Array, center: number): Palette {
  const above: number[] = [];
  const below: number[] = [];
  for (let step = 1; step <= 128; step++) {
    if (step < 128 && values[(center + step) & 255]) above.push(step);
    if (values[(center - step) & 255]) below.push(step);
  }
  return { above, below };
}

/** A palette for each channel, or each one once for all channels that share it. */
function choosePalettes(
  data: Uint8Array,
  shape: ChannelShape,
  center: number,
  shared: boolean,
): SharedPalettes {
  const present = presentValues(data, shape);
  const { sets, ofChannel } = shared
    ? sharedSets(present)
    : { sets: present, ofChannel: [...present.keys()] };
  return { palettes: sets.map((values) => paletteOf(values, center)), ofChannel };
}

function encodeShared(chosen: SharedPalettes): Uint8Array {
  const numbers = new NumberEncoder(sharedNumberContexts);
  putSharedPalettes(numbers, chosen);
  return numbers.finish();
}

/** Bytes of the fields beside palettes and ranks, at most about. */
const headerLength = 6;
/** Palettes with so few steps are numbers: these are read in some microseconds as well. */
const fewSteps = 64;
/** Bytes per step that tokens may cost more than numbers: a step takes 25 ns as a number, 5 ns as a token. */
const tokenMargin = 1 / 32;

function encodeNumbers(palettes: Palette[]): Uint8Array {
  const numbers = new NumberEncoder(numberContexts);
  for (const palette of palettes) putPalette(numbers, palette);
  return numbers.finish();
}

/** The palettes as tokens where these are smaller, or about as small and faster to read; else null. */
function tokensInstead(palettes: Palette[], steps: number, numbers: Uint8Array): Uint8Array | null {
  if (steps <= fewSteps) return null;
  const tokens = encodePaletteTokens(palettes);
  return tokens.length <= numbers.length + tokenMargin * steps ? tokens : null;
}

/** symbolOf[value] for one palette. */
function symbolTable(palette: Palette, center: number): Uint16Array {
  const table = new Uint16Array(256);
  palette.above.forEach((step, index) => {
    table[(center + step) & 255] = 2 * index + 1;
  });
  palette.below.forEach((step, index) => {
    table[(center - step) & 255] = 2 * index + 2;
  });
  return table;
}

/**
 * Replaces every byte by its signed rank in its channel's palette: 0 for the center (the zero point), 1, 3, 5 … for
 * the values above it, 2, 4, 6 … for those below, nearest first. Null when a rank does not fit a byte or the palettes would be
 * too many.
 *
 * @param shared whether channels whose values go together have one palette, and new palettes are expected to be like earlier ones
 */
export function toPaletteSymbols(
  data: Uint8Array,
  shape: ChannelShape,
  center: number,
  shared = false,
): PaletteSymbols | null {
  if (channelCount(shape, data.length) > limits.channels) return null;
  const chosen = choosePalettes(data, shape, center, shared);
  const { palettes, ofChannel } = chosen;
  const steps = palettes.reduce((sum, { above, below }) => sum + above.length + below.length, 0);
  if (steps > Math.min(data.length, limits.steps)) return null;
  if (palettes.some(({ below }) => below.length > 127)) return null;
  const tables = palettes.map((palette) => symbolTable(palette, center));
  const symbols = new Uint8Array(data.length);
  let largest = 0;
  forEachChannelRun(shape, data.length, (channel, from, to) => {
    const table = tables[ofChannel[channel]!]!;
    for (let i = from; i < to; i++) {
      const symbol = table[data[i]!]!;
      symbols[i] = symbol;
      if (symbol > largest) largest = symbol;
    }
  });
  const numbers = shared ? encodeShared(chosen) : encodeNumbers(palettes);
  let tokens: Uint8Array | null | undefined; // only made when they are asked for, and once
  const head = (innerCodec: number): Uint8Array => {
    if (tokens === undefined) tokens = shared ? null : tokensInstead(palettes, steps, numbers);
    const bytes = tokens ?? numbers;
    const form = shared ? paletteForms.shared : tokens ? paletteForms.tokens : paletteForms.numbers;
    const out = new ByteWriter();
    out.u8(innerCodec | (form << 5) | (shape.axis === 'inner' ? 128 : 0));
    out.u8(center);
    out.varint(shape.length);
    out.varint(bytes.length);
    out.bytes(bytes);
    return out.finish();
  };
  return { symbols, head, headBits: 8 * (numbers.length + headerLength), largest };
}
