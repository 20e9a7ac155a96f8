import { encodeBits, encodeRans, encodeRaw, toBitmap } from '@weightfold/container';
import { decodeTime } from './choice.js';
import { codecId } from './codec-id.js';
import type { Coded, Level, Material, Scheme } from './scheme.js';
import { formsOf } from './weights.js';

/** One table of 2^10 slots and one state. */
const smallRans = { totalLog2: 10, lanes: 1, classes: false, thorough: true };

function counts(symbols: Uint8Array): Uint32Array {
  const found = new Uint32Array(256);
  for (const symbol of symbols) found[symbol]!++;
  return found;
}

/** Every way to code symbols that has small tables or none. */
function codings(symbols: Uint8Array): Coded[] {
  const result = (codec: Coded['codec'], coded: Uint8Array): Coded => ({
    codec,
    coded,
    time: decodeTime(codec, symbols.length),
  });
  const raw = result('raw', encodeRaw(symbols));
  if (symbols.length === 0) return [raw];
  const bits =
    32 -
    Math.clz32(
      Math.max(
        1,
        counts(symbols).findLastIndex((count) => count > 0),
      ),
    );
  const packed = bits < 8 ? [result('bits', encodeBits(symbols, bits))] : [];
  return [raw, ...packed, result('rans', encodeRans(symbols, smallRans))];
}

/** The most frequent symbol as a bitmap, and the others. */
function withBitmap(symbols: Uint8Array): Coded[] {
  const found = counts(symbols);
  const center = found.indexOf(found.reduce((most, count) => Math.max(most, count), 0));
  const { others, head } = toBitmap(symbols, center);
  return codings(others).map((inner) => within('bitmap', head, inner, symbols.length));
}

function within(
  codec: Coded['codec'],
  head: (innerCodec: number) => Uint8Array,
  inner: Coded,
  length: number,
): Coded {
  const coded = Buffer.concat([head(codecId(inner.codec)), inner.coded]);
  return { codec, coded, time: inner.time + decodeTime(codec, length) };
}

/** For microcontrollers: bytes as they are or ranks in palettes, coded with small tables or none. */
export const smallTables: Scheme = {
  name: 'small tables',
  applies: ({ data }) => data.length > 0,
  encode: (material: Material, level: Level) => {
    const { data, tensor } = material;
    const forms = tensor?.elementSize === 1 ? formsOf(material, level) : [{ symbols: data, outer: null }];
    return forms.flatMap(({ symbols, outer }) => {
      const coded = [...codings(symbols), ...withBitmap(symbols)];
      return outer ? coded.map((inner) => within(outer.codec, outer.head, inner, data.length)) : coded;
    });
  },
};
