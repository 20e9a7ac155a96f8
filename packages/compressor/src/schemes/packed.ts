import { encodeBits, encodeRansPlan, planSingle, toBitmap } from '@weightfold/container';
import { decodeTime } from './choice.js';
import { codecId } from './codec-id.js';
import type { CodedSymbols, Symbols } from './symbols.js';

/** A bitmap saves little time when less than this part of the symbols is its center. */
const leastCenters = 1 / 4;

/** Bits per symbol; 8 and more are no case for packing. */
function bitsFor(symbols: Uint8Array): number {
  const largest = symbols.reduce((most, symbol) => Math.max(most, symbol), 1);
  return 32 - Math.clz32(largest);
}

function mostFrequent(symbols: Uint8Array): { symbol: number; count: number } {
  const counts = new Uint32Array(256);
  for (const symbol of symbols) counts[symbol]!++;
  const count = counts.reduce((most, value) => Math.max(most, value), 0);
  return { symbol: counts.indexOf(count), count };
}

type Inner = Pick<CodedSymbols<Symbols>, 'codec' | 'coded' | 'time'>;

function packBits(symbols: Uint8Array, most: number): Inner[] {
  const bits = bitsFor(symbols);
  if (bits > 7 || 1 + (symbols.length * bits) / 8 > most) return [];
  return [{ codec: 'bits', coded: encodeBits(symbols, bits), time: decodeTime('bits', symbols.length) }];
}

function codeOthers(others: Uint8Array, most: number, thorough: boolean): Inner[] {
  if (others.length === 0) return [{ codec: 'raw', coded: others, time: 0 }];
  const results = packBits(others, most);
  if (others.length <= most)
    results.push({ codec: 'raw', coded: others, time: decodeTime('raw', others.length) });
  const plan = planSingle(others, thorough);
  if (plan.bits / 8 <= most) {
    const coded = encodeRansPlan(others, plan);
    results.push({ codec: 'rans', coded, time: decodeTime('rans', others.length) });
  }
  return results;
}

function packBitmap(symbols: Uint8Array, most: number, thorough: boolean): Inner[] {
  const { symbol, count } = mostFrequent(symbols);
  const left = most - Math.ceil(symbols.length / 8) - 2;
  if (count < leastCenters * symbols.length || left < 0) return [];
  const { others, head } = toBitmap(symbols, symbol);
  return codeOthers(others, left, thorough).map(({ codec, coded, time }) => ({
    codec: 'bitmap',
    coded: Buffer.concat([head(codecId(codec)), coded]),
    time: time + decodeTime('bitmap', symbols.length),
  }));
}

/**
 * Symbols in the codes that decode fastest: bits, or a bitmap and the other symbols.
 *
 * @param most bytes beyond which a result is of no use
 */
export function encodePacked<S extends Symbols>(form: S, most: number, thorough: boolean): CodedSymbols<S>[] {
  const results = [...packBits(form.symbols, most), ...packBitmap(form.symbols, most, thorough)];
  return results.map((result) => ({ form, ...result }));
}
