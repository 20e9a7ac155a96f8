import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ContainerError } from '../errors.js';
import { toBitmap } from './bitmap/encode.js';
import { encodeBits } from './bits/encode.js';
import { encodeContextWithin } from './context/encode.js';
import { recordParameters, structureParameters, tableParameters } from './context/presets.js';
import { encodeIntegers } from './integers/encode.js';
import { toPaletteSymbols } from './palette/encode.js';
import type { ChannelShape } from './palette/palettes.js';
import { toPredicted } from './prediction/encode.js';
import { encodeRans } from './rans/encode.js';
import { noEnvironment } from './rans/shared.js';
import { encodeRecords } from './records/encode.js';
import { codecById, codecs } from './registry.js';
import { encodeWeights } from './weights/encode.js';
import type { WeightShape } from './weights/parameters.js';

type Encoder = (data: Uint8Array, choice: number) => Uint8Array | null;

function shapeOf(length: number, choice: number): WeightShape {
  const dimensions: number[] = [];
  let most = length;
  for (let d = 0; d < choice % 4; d++) {
    dimensions.push(1 + ((choice >> d) % Math.min(most, 9)));
    most = Math.floor(most / dimensions[d]!);
  }
  return { dimensions, channelsAreColumns: choice % 2 === 1 };
}

function encodePalette(data: Uint8Array, choice: number): Uint8Array | null {
  const axis = choice % 2 ? 'inner' : 'outer';
  const shape: ChannelShape = { axis, length: 1 + (choice % Math.min(40, data.length)) };
  const ranks = toPaletteSymbols(data, shape, choice & 255, choice % 7 > 2);
  if (!ranks) return null;
  const inner = [0, 1, 2, 4, 8][choice % 5]!;
  const bits = Math.max(1, 32 - Math.clz32(ranks.largest));
  const coded = [
    () => ranks.symbols,
    () => encodeRans(ranks.symbols),
    () => encodeContextWithin(ranks.symbols, [{ ...recordParameters(data.length, 1 + (choice % 8)), bits }]),
    () => null,
    () => (bits < 8 ? encodeBits(ranks.symbols, bits) : null),
    () => null,
    () => null,
    () => null,
    () => encodeWeights(ranks.symbols, shapeOf(data.length, choice), null),
  ][inner]!();
  return coded && Buffer.concat([ranks.head(inner), coded]);
}

function encodeBitmap(data: Uint8Array, choice: number): Uint8Array {
  const { others, head } = toBitmap(data, data[choice % data.length]!);
  const inner = choice % 2;
  if (others.length === 0) return head(inner);
  return Buffer.concat([head(inner), inner === 1 ? encodeRans(others) : others]);
}

function encodePredicted(data: Uint8Array, choice: number): Uint8Array {
  const taps = Array.from({ length: 1 + (choice % 4) }, (_, t) => ({
    distance: 1 + ((choice * (t + 1)) % data.length),
    weight: [64, -50, 127, -14][(choice + t) % 4]!,
  }));
  const { differences, head } = toPredicted(data, choice & 255, taps);
  return Buffer.concat([head(choice % 2), choice % 2 ? encodeRans(differences) : differences]);
}

/** How each codec of the registry is driven; `choice` picks among its parameters. */
const encoders: Record<string, Encoder> = {
  raw: (data) => data,
  rans: (data, choice) =>
    encodeRans(data, { rowLengths: [1 + (choice % 70), 4], thorough: choice % 2 === 1 }),
  context: (data, choice) =>
    encodeContextWithin(data, [
      choice % 4 === 0 ? tableParameters(data.length) : structureParameters(data.length),
      recordParameters(data.length, 1 + (choice % 8)),
    ]),
  palette: encodePalette,
  bits: (data) => {
    const bits = Math.max(1, 32 - Math.clz32(Math.max(...data)));
    return bits < 8 ? encodeBits(data, bits) : null;
  },
  bitmap: encodeBitmap,
  weights: (data, choice) => encodeWeights(data, shapeOf(data.length, choice), choice & 255),
  integers: (data, choice) => {
    const first = choice % (data.length + 1);
    return encodeIntegers(data, { wordSize: choice % 2 ? 4 : 2, parts: [first, data.length - first] });
  },
  records: encodeRecords,
  prediction: encodePredicted,
};

const skewed = fc.array(
  fc.integer({ min: 0, max: 99 }).map((v) => (v < 90 ? 0 : v)),
  { minLength: 1, maxLength: 3000 },
);
const distributions: Record<string, fc.Arbitrary<Uint8Array>> = {
  'any bytes': fc.uint8Array({ minLength: 1, maxLength: 2500 }),
  'one value': fc
    .tuple(fc.nat(255), fc.integer({ min: 1, max: 5000 }))
    .map(([v, n]) => new Uint8Array(n).fill(v)),
  'mostly zero': skewed.map((values) => Uint8Array.from(values)),
  'two values': fc
    .array(fc.boolean(), { minLength: 1, maxLength: 2000 })
    .map((bits) => Uint8Array.from(bits, (bit) => (bit ? 127 : 129))),
  'rows of different scale': fc
    .uint8Array({ minLength: 64, maxLength: 2048 })
    .map((data) => data.map((v, i) => ((v % (1 + (Math.floor(i / 16) % 9))) - 2) & 255)),
  'few small values': fc
    .tuple(fc.integer({ min: 1, max: 7 }), fc.uint8Array({ minLength: 1, maxLength: 2000 }))
    .map(([bits, data]) => data.map((value) => value >> (8 - bits))),
  'words of different magnitude': fc
    .array(fc.tuple(fc.integer(), fc.nat(31)), { minLength: 1, maxLength: 400 })
    .map((words) => new Uint8Array(Int32Array.from(words, ([word, shift]) => word >> shift).buffer)),
  'binary32 numbers of like size': fc
    .array(fc.float({ min: Math.fround(0.01), max: Math.fround(0.09), noNaN: true }), {
      minLength: 1,
      maxLength: 400,
    })
    .map((numbers) => new Uint8Array(Float32Array.from(numbers).buffer)),
  'binary32 numbers': fc
    .array(fc.float(), { minLength: 1, maxLength: 400 })
    .map((numbers) => new Uint8Array(Float32Array.from(numbers).buffer)),
  'repeated part': fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 30 }))
    .map(([part, times]) =>
      Uint8Array.from({ length: part.length * times }, (_, i) => part[i % part.length]!),
    ),
};

describe.each(codecs.map((codec) => [codec.name, codec] as const))('%s', (name, codec) => {
  const encode = encoders[name]!;

  it.each(Object.entries(distributions))('gives back %s', (_, distribution) => {
    fc.assert(
      fc.property(distribution, fc.nat(10_000), (data, choice) => {
        const coded = encode(data, choice);
        if (coded) expect(Buffer.compare(codec.decode(coded, data.length, 0, noEnvironment), data)).toBe(0);
      }),
      { numRuns: 25, seed: 7 },
    );
  });

  it('ends with the right length or a ContainerError on damaged input', () => {
    fc.assert(
      fc.property(
        distributions['mostly zero']!,
        fc.nat(10_000),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(),
        (data, choice, edits, cut) => {
          const coded = encode(data, choice);
          if (!coded) return;
          const damaged = new Uint8Array(coded.subarray(0, cut % 3 ? coded.length : cut % coded.length));
          for (const [at, value] of edits) if (damaged.length > 0) damaged[at % damaged.length] = value;
          try {
            expect(codec.decode(damaged, data.length, 0, noEnvironment)).toHaveLength(data.length);
          } catch (error) {
            expect(error).toBeInstanceOf(ContainerError);
          }
        },
      ),
      { numRuns: 60, seed: 11 },
    );
  });
});

it('names an unknown codec', () => {
  expect(() => codecById(15, 77)).toThrow('Unknown codec 15 (at byte 77)');
});

it('codes within a percent and its table of the entropy of the source', () => {
  const counts = [2048, 1024, 512, 256, 256];
  const data = Uint8Array.from(counts.flatMap((count, symbol) => new Array<number>(count).fill(symbol)));
  const entropyBytes = (2048 * 1 + 1024 * 2 + 512 * 3 + 512 * 4) / 8; // each count is a power of two of 4096
  expect(encodeRans(data).length).toBeLessThan(entropyBytes * 1.01 + 30);
});
