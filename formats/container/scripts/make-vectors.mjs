// Writes the conformance vectors: small originals made from a seed, the container of each, and containers that must be
// refused. Run after a build, and only when the format changes: npx jiti formats/container/scripts/make-vectors.mjs
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import {
  codecs,
  encodeBits,
  encodeContainer,
  encodeContext,
  encodeIntegers,
  encodeRans,
  encodeRecords,
  encodeWeights,
  openContainer,
  recordParameters,
  removeProduct,
  storeReferences,
  structureParameters,
  tableParameters,
  toBitmap,
  toPaletteSymbols,
  toPredicted,
} from '@weightfold/container';
import { putSide } from '../src/codecs/rans/side.ts';
import { NumberEncoder } from '../src/coding/numbers.ts';
import { crc32c } from '../src/crc32c.ts';

const folder = path.join(import.meta.dirname, '..', 'vectors');

/** Numbers in [0, 2^32) from a seed (xorshift32, Marsaglia 2003). */
function generator(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

const next = generator(2463534242);
const bytes = (length, value) => Uint8Array.from({ length }, (_, i) => value(i));
/** Sum of four dice, so that small values are frequent; half of them zero. */
const weight = () => (next() % 2 ? 0 : (next() % 17) + (next() % 17) + (next() % 17) - 24) & 255;
const text = 'conv2d/kernel;batch_norm/FusedBatchNormV3;depthwise_';
const structure = bytes(1500, (i) =>
  i % 12 < 8 ? text.charCodeAt((i * 7) % text.length) : i % 4 === 0 ? (i >> 3) & 255 : 0,
);
const rowsWithClasses = bytes(4096, (i) =>
  Math.floor(i / 64) % 3 === 0 ? [0, 5, 251][next() % 3] : weight(),
);
const columnsWithClasses = bytes(2304, (i) => ((i % 48) % 5 === 0 ? 0 : weight()));
const clustered = bytes(2000, () => [0, 0, 3, 17, 90, 253, 239, 166][next() % 8]);
const channels = bytes(1152, (i) => (((next() % 5) - 2) * (3 + (i % 32))) & 255);
const kernels = bytes(1600, (i) => (((next() % 7) - 3) * (2 + Math.floor(i / 40))) & 255);
const manyKernels = bytes(2560, (i) => (((next() % 9) - 4) * (2 + (Math.floor(i / 40) % 12))) & 255);
const wideChannels = bytes(2800, (i) => next() % [2, 30, 60, 200][Math.floor(i / 700)]);
const half = bytes(5003, weight);
const nines = bytes(5003, () => (next() % 3 ? 9 : next() % 16));
const inTen = bytes(3000, (i) => (i % 3 === 0 ? next() & 255 : i & 7));

/** Records of 40 bytes with a counter, an offset and a name, some left out, and a first part that comes back at the end. */
function recordsOf(length) {
  const names = Buffer.from('StatefulPartitionedCall:0\0conv2d/Relu;conv2d/BiasAdd\0serving_default');
  const data = bytes(length, (i) => {
    const record = Math.floor(i / 40);
    const field = i % 40;
    if (field < 4) return field === 0 ? record & 255 : field === 1 ? record >> 8 : 0;
    if (field < 8) return field === 4 ? (200 - 3 * record) & 255 : 255;
    if (field < 12) return record % 7 === 3 ? next() & 255 : field;
    return names[(field + 13 * (record % 3)) % names.length];
  });
  data.set(data.subarray(0, 3000), length - 3000);
  return data;
}
const nextWeight = generator(362436069);
/** Kernels of 3 × 3 × 16 and depthwise ones of 3 × 3, 32 channels; each channel has one byte of 127 or -127. */
const largestInChannel = (channel, index, length) => {
  if (index === (channel * 7) % length) return channel % 3 ? 127 : 129;
  return ((nextWeight() % 90) - 45) & 255;
};
const convolution = bytes(4608, (i) => largestInChannel(Math.floor(i / 144), i % 144, 144));
const depthwise = bytes(288, (i) => largestInChannel(i % 32, Math.floor(i / 32), 9));
const sharing = bytes(1600, (i) => (((nextWeight() % 7) - 3) * (2 + (Math.floor(i / 40) % 6))) & 255);

const nextCluster = generator(362436069);
/** Channels of one clustered layer; every third lacks its outermost cluster, every third two, and the next one is 127. */
const outermostLacking = bytes(1600, (i) => {
  const clusters = [-127, -82, -53, -21, 4, 32, 49, 101].sort((a, b) => Math.abs(b) - Math.abs(a));
  const lacking = Math.floor(i / 40) % 3;
  const value = clusters[lacking + (nextCluster() % (clusters.length - lacking))];
  return Math.round((127 * value) / Math.abs(clusters[lacking])) & 255;
});

const whole = (data, codec, coded) => ({
  original: data,
  blocks: [{ kind: 'other', id: 0, codec, data, coded }],
  spans: [{ offset: 0, length: data.length, block: 0 }],
  products: [],
});
const rans = (data, rowLengths, thorough, lanes) =>
  whole(data, 'rans', encodeRans(data, { rowLengths, thorough, lanes }));
const records = (data) => whole(data, 'records', encodeRecords(data));
const idOf = (name) => codecs.find((codec) => codec.name === name).id;

function bitmapOf(data, center, inner) {
  const { others, head } = toBitmap(data, center);
  const coded = { raw: () => others, rans: () => encodeRans(others), bits: () => encodeBits(others, 4) }[
    inner
  ]();
  return Buffer.concat([head(idOf(inner)), coded]);
}

/**
 * A bitmap whose others are rANS in rows of one: as many rows as there are others, which is allowed, but more bytes than a block may
 * have rows. Each class has one symbol, so that there are no words; the last two symbols are in the state.
 */
function bitmapOfRows() {
  const data = bytes(70000, (i) => (i % 7 === 0 ? 0 : i % 1000 === 1 ? 7 : 5));
  const { others, head } = toBitmap(data, 0);
  const only = (symbol) => {
    const levels = new Uint8Array(256);
    levels[symbol] = 1;
    return { shared: -1, table: { resolution: 1, levels, curve: null } };
  };
  const side = new NumberEncoder(54);
  const rowClasses = others.map((value) => (value === 7 ? 1 : 0));
  putSide(side, { rowLength: 1, rowCount: 2, columnCount: 1, rowClasses, tables: [only(5), only(7)] });
  const sideBytes = side.finish();
  const varint = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)]);
  const coded = [0x40, 1, 1, 2, 1, ...varint(sideBytes.length), ...sideBytes, ...others.subarray(-2), 1, 0];
  return whole(data, 'bitmap', Buffer.concat([head(idOf('rans')), Uint8Array.from(coded)]));
}

const lying = (dimensions, channelsAreColumns = false) => ({ dimensions, channelsAreColumns });
const weights = (data, shape, center) => whole(data, 'weights', encodeWeights(data, shape, center));

function palette(data, shape, center, inner, shared = false) {
  const ranks = toPaletteSymbols(data, shape, center, shared);
  const bits = 32 - Math.clz32(ranks.largest);
  const coded = {
    raw: () => ranks.symbols,
    rans: () => encodeRans(ranks.symbols, { thorough: true }),
    bits: () => encodeBits(ranks.symbols, bits),
    bitmap: () => bitmapOf(ranks.symbols, 0, 'rans'),
    context: () => encodeContext(ranks.symbols, { ...recordParameters(data.length, 4), bits }),
    weights: () => encodeWeights(ranks.symbols, lying([shape.length]), null),
  }[inner]();
  return whole(data, 'palette', Buffer.concat([ranks.head(idOf(inner)), coded]));
}

const nextStep = generator(521288629);
/** Rows of 160 that change little from one to the next, as a layer over time would; center 9. */
const alongTime = new Uint8Array(6000);
for (let i = 0; i < alongTime.length; i++)
  alongTime[i] = (i < 160 ? 9 : alongTime[i - 160]) + (nextStep() % 9) - 4 - (i % 3 ? 0 : 1);
function predicted(data, center, taps, inner) {
  const { differences, head } = toPredicted(data, center, taps);
  const coded = { raw: () => differences, rans: () => encodeRans(differences, { thorough: true }) }[inner]();
  return whole(data, 'prediction', Buffer.concat([head(idOf(inner)), coded]));
}
const tap = (distance, weight) => ({ distance, weight });

const nextWord = generator(1013904223);
const vector = (Type, length, value) => new Uint8Array(Type.from({ length }, (_, i) => value(i)).buffer);
/** About normal, of this standard deviation. */
const normal = (deviation) => {
  const sum = Array.from({ length: 12 }, () => nextWord() / 2 ** 32).reduce((a, b) => a + b);
  return Math.round((sum - 6) * deviation);
};
/** Biases of tensors that differ in magnitude and in their means, some saturated. */
const biases = vector(Int32Array, 2600, (i) => {
  const tensor = i >> 8;
  if (nextWord() % 40 === 0) return nextWord() % 2 ? 2 ** 30 : -(2 ** 31);
  return (tensor === 5 ? -8000 : 0) + normal(10 * 3 ** (tensor % 7));
});
/** Integers from binary32 numbers: 24 significant bits. */
const precise = vector(Int32Array, 300, () => Math.fround(normal(2 ** 27)));
const scales = vector(
  Float32Array,
  1500,
  (i) => (0.002 + (nextWord() % 65536) / 2 ** 24) * 2 ** -((i >> 7) % 4),
);
const numbers = vector(Float32Array, 900, (i) =>
  i % 90 === 0 ? [0, -0, 1e-40, Infinity, NaN][i % 5] : normal(1000) / 7919,
);
const short = vector(Int16Array, 1001, () => normal(300));
function integers(data, wordSize, tensorLength) {
  const parts = Array.from({ length: Math.ceil(data.length / tensorLength) }, (_, i) =>
    Math.min(tensorLength, data.length - i * tensorLength),
  );
  return whole(data, 'integers', encodeIntegers(data, { wordSize, parts }));
}

/** Float vectors whose products round to even, overflow and are subnormal, gathered from several places. */
function products() {
  const source = new Float32Array([
    1.5,
    1e-38,
    3.4e38,
    1.1754944e-38,
    0.1,
    -7,
    1.0000001,
    Number.NaN,
    Infinity,
    5e-45,
  ]);
  const factors = new Float32Array([0.3, 1.0000002]);
  const factorBits = new Uint32Array(factors.buffer);
  const original = new Uint8Array(200).fill(9);
  const view = new DataView(original.buffer);
  source.forEach((value, i) => view.setFloat32(12 + 4 * i, value, true));
  factors.forEach((factor, f) => {
    source.forEach((value, i) => view.setFloat32(60 + 60 * f + 4 * i, Math.fround(factor * value), true));
  });
  view.setUint32(60, view.getUint32(60, true) + 5, true);
  const list = [0, 1].map((f) => ({
    kind: 'product',
    target: 60 + 60 * f,
    source: 12,
    count: 10,
    factor: factorBits[f],
  }));
  const changed = new Uint8Array(original);
  for (const product of list) removeProduct(changed, product);
  const cuts = [0, 12, 52, 60, 100, 120, 160, 200];
  const spans = cuts.slice(1).map((end, i) => ({ offset: cuts[i], length: end - cuts[i], block: i % 2 }));
  const blocks = ['structure', 'scales'].map((kind, block) => {
    const data = Buffer.concat(
      spans
        .filter((span) => span.block === block)
        .map(({ offset, length }) => changed.subarray(offset, offset + length)),
    );
    return {
      kind,
      id: 0,
      codec: 'context',
      data,
      coded: encodeContext(data, recordParameters(data.length, 4)),
    };
  });
  return { original, blocks, spans, products: list };
}

/**
 * Ranges of twelve channels, their weights, and scales that are quotients by 127 and by 2: ties, subnormals, infinite, not a number,
 * dead channels, and ends that are larger than the weights say.
 */
function ranges() {
  const ends = [
    [-1.27, 0.64],
    [-0.5, 2.54],
    [-3, 3],
    [0.25, 0.75],
    [-1e-38, 4e-39],
    [-4.2e-45, 1.4e-45],
    [-3.4e38, 3.4e38],
    [Number.NaN, 1],
    [-1, Infinity],
    [-0, 0],
    [-2.3509886e-38, 1e-38],
    [-8, 8],
  ];
  const weights = ends.map((_, channel) =>
    channel === 2 || channel === 9 ? [0, 0, 0, 0] : [-127, 64, 3, -5 * channel],
  );
  weights[1] = [-25, 127, 1, 1];
  weights[11] = [-128, 127, 0, 0];
  const original = new Uint8Array(252).fill(7);
  const view = new DataView(original.buffer);
  const bits = new DataView(new ArrayBuffer(4));
  const put = (at, value) => view.setFloat32(at, value, true);
  ends.forEach(([low, high], i) => {
    put(4 + 4 * i, low);
    put(52 + 4 * i, high);
    put(100 + 4 * i, Math.max(Math.abs(low), Math.abs(high)) / 127);
    put(148 + 4 * i, Math.max(Math.abs(low), Math.abs(high)) / 2);
    // Twice all channels, two bytes each, from an odd offset.
    original.set(Int8Array.from(weights[i].slice(0, 2)), 201 + 2 * i);
    original.set(Int8Array.from(weights[i].slice(2)), 225 + 2 * i);
  });
  const factor = (value) => {
    bits.setFloat32(0, value);
    return bits.getUint32(0);
  };
  const sources = [4, 52];
  const list = [
    {
      kind: 'range',
      target: 4,
      maximum: 52,
      count: 12,
      factor: factor(127),
      weights: 201,
      inner: 2,
      repeats: 2,
    },
    { kind: 'quotient', target: 100, sources, count: 12, factor: factor(127) },
    { kind: 'quotient', target: 148, sources, count: 12, factor: factor(2) },
  ];
  return { original, products: list };
}

/** One raw block with differences where the products apply. */
function derived({ original, products }) {
  const data = new Uint8Array(original);
  for (const product of products.toReversed()) removeProduct(data, product);
  const blocks = [{ kind: 'structure', id: 0, codec: 'raw', data, coded: data }];
  return { original, blocks, spans: [{ offset: 0, length: data.length, block: 0 }], products };
}

/**
 * Twelve tables of 20 bytes that begin with their distances to two vtables, before and after them, listed by a vector forwards and
 * backwards; one link is cut by the end of a span and stays as it is.
 */
function references() {
  const nextByte = generator(88675123);
  const original = bytes(400, (i) => (i % 4 === 3 ? 0 : nextByte() & 127));
  const view = new DataView(original.buffer);
  const tables = Array.from({ length: 12 }, (_, i) => 120 + 20 * i);
  for (const [i, table] of tables.entries()) view.setInt32(table, table - (i % 3 ? 96 : 372), true);
  const links = tables.map((table, i) => {
    const place = 20 + 4 * (i % 2 ? i : 11 - i);
    view.setInt32(place, table - place, true);
    return place;
  });
  links.sort((a, b) => a - b);
  const cuts = [0, 30, 41, 90, 200, 203, 399, 400];
  const spans = cuts.slice(1).map((end, i) => ({ offset: cuts[i], length: end - cuts[i], block: i % 2 }));
  const changed = new Uint8Array(original);
  const own = spans.filter(({ block }) => block === 0);
  const whole = (place) => own.some(({ offset, length }) => place >= offset && place + 4 <= offset + length);
  const mark = storeReferences(changed, own, { tables: tables.filter(whole), links: links.filter(whole) });
  const blocks = [0, 1].map((block) => {
    const data = Buffer.concat(
      spans
        .filter((span) => span.block === block)
        .map(({ offset, length }) => changed.subarray(offset, offset + length)),
    );
    return { kind: ['structure', 'other'][block], id: 0, codec: 'raw', data, coded: data };
  });
  return { original, blocks, spans, products: [], references: mark };
}

/** One raw block of words that are taken for stored references. */
function storedWords(mark, ...words) {
  const data = new Uint8Array(Uint32Array.from(words).buffer);
  return encodeContainer({ ...whole(data, 'raw', data), references: mark });
}

/** One table more than decoders keep places of. */
function manyTables() {
  const data = new Uint8Array(new Uint32Array(65537).fill(0x80000000).buffer);
  return encodeContainer({ ...rans(data, [4], true), references: 0x80 });
}

/** So many blocks that the table itself is coded. */
function manyBlocks(tableCodecs) {
  const parts = Array.from({ length: 40 }, (_, i) => clustered.subarray(i * 50, i * 50 + 50));
  return {
    original: clustered,
    blocks: parts.map((data, i) => ({ kind: 'tensor', id: i + 1, codec: 'raw', data, coded: data })),
    spans: parts.map((_, i) => ({ offset: i * 50, length: 50, block: i })),
    products: [],
    tableCodecs,
  };
}

/** Palette of one channel of five bytes: center 7, one step of 2 above it. */
const oneStep = toPaletteSymbols(Uint8Array.of(7, 9, 7, 7, 7), { axis: 'outer', length: 5 }, 7).head(0);
const good = {
  empty: ['no bytes at all', { original: new Uint8Array(0), blocks: [], spans: [], products: [] }],
  'raw-one-byte': ['one byte, raw', whole(Uint8Array.of(77), 'raw', Uint8Array.of(77))],
  'rans-one-symbol': ['3000 zeros: a table with one symbol, no words', rans(new Uint8Array(3000), [], false)],
  'rans-one-lane': ['1000 bytes, one state', rans(inTen.subarray(0, 1000), [], false)],
  'rans-four-lanes': ['3000 bytes, four states, every symbol occurs', rans(inTen, [], true, 4)],
  'rans-eight-lanes': ['12000 weights, eight states', rans(bytes(12000, weight), [], true, 8)],
  'rans-thirty-two-lanes': ['40000 weights, 32 states', rans(bytes(40000, weight), [], true, 32)],
  'rans-sixty-four-lanes': ['80000 weights, 64 states', rans(bytes(80000, weight), [], true, 64)],
  'rans-lanes-and-classes': [
    '70000 bytes in rows of 100 of three kinds, 32 states',
    rans(
      bytes(70000, (i) => (Math.floor(i / 100) % 3 === 0 ? [0, 5, 251][next() % 3] : weight())),
      [100],
      true,
    ),
  ],
  'rans-row-classes': ['rows of 64 of three kinds', rans(rowsWithClasses, [64], true)],
  'rans-column-classes': ['columns of 48, every fifth zero', rans(columnsWithClasses, [48], true)],
  'context-structure': [
    'text and tables; follows repeats',
    whole(structure, 'context', encodeContext(structure, structureParameters(structure.length))),
  ],
  'context-records': [
    'records of four bytes',
    whole(inTen, 'context', encodeContext(inTen, recordParameters(inTen.length, 4))),
  ],
  'context-table': [
    'records of five bytes in the model of tables',
    whole(inTen, 'context', encodeContext(inTen, tableParameters(inTen.length))),
  ],
  'context-own': [
    'structure with contexts of its own, of every kind',
    whole(
      structure,
      'context',
      encodeContext(structure, {
        ...recordParameters(structure.length, 4),
        minimumMatch: 4,
        contexts: [
          [],
          [1, 2, 3, 4].map((argument) => ({ kind: 'derived', argument, shift: 0 })),
          [
            { kind: 'byte', argument: 3, shift: 4 },
            { kind: 'divide', argument: 100, shift: 0 },
          ],
        ],
      }),
    ),
  ],
  'palette-whole-raw': [
    'eight values, ranks raw',
    palette(clustered, { axis: 'outer', length: 2000 }, 0, 'raw'),
  ],
  'palette-whole-rans': [
    'eight values around 3, ranks rANS',
    palette(clustered, { axis: 'outer', length: 2000 }, 3, 'rans'),
  ],
  'palette-inner-rans': [
    '32 depthwise channels, five values each',
    palette(channels, { axis: 'inner', length: 32 }, 0, 'rans'),
  ],
  'palette-outer-context': [
    '40 kernels of 40, seven values each',
    palette(kernels, { axis: 'outer', length: 40 }, 0, 'context'),
  ],
  'palette-tokens': [
    '64 kernels of 40, palettes as tokens, ranks rANS',
    palette(manyKernels, { axis: 'outer', length: 40 }, 0, 'rans'),
  ],
  'palette-wide-channels': [
    'channels of 2, 30, 60 and 200 values',
    palette(wideChannels, { axis: 'outer', length: 700 }, 0, 'raw'),
  ],
  'palette-no-step': [
    'ranks without a step: the center 7',
    whole(Uint8Array.of(7, 9, 7, 7, 7), 'palette', Uint8Array.of(...oneStep, 0, 1, 2, 3, 255)),
  ],
  'palette-whole-bits': [
    'eight values, ranks of four bits',
    palette(clustered, { axis: 'outer', length: 2000 }, 0, 'bits'),
  ],
  'palette-outer-bitmap': [
    '40 kernels of 40, seven values each: a bitmap of the center, other ranks rANS',
    palette(kernels, { axis: 'outer', length: 40 }, 0, 'bitmap'),
  ],
  ...Object.fromEntries(
    [1, 2, 3, 4, 5, 6, 7].map((bits) => {
      const data = bytes(997, () => next() >>> (32 - bits));
      return [`bits-${bits}`, [`997 symbols of ${bits} bits`, whole(data, 'bits', encodeBits(data, bits))]];
    }),
  ),
  'bitmap-raw': ['5003 weights, half of them zero', whole(half, 'bitmap', bitmapOf(half, 0, 'raw'))],
  'bitmap-rans': ['the same, others rANS', whole(half, 'bitmap', bitmapOf(half, 0, 'rans'))],
  'bitmap-bits': ['center 9, others of four bits', whole(nines, 'bitmap', bitmapOf(nines, 9, 'bits'))],
  'bitmap-rans-rows': ['60000 others in rows of one: more bytes than rows may be', bitmapOfRows()],
  'bitmap-no-others': [
    '77 zeros: a bitmap, no other values',
    whole(new Uint8Array(77), 'bitmap', Uint8Array.of(0, 0, ...new Uint8Array(10))),
  ],
  'integers-biases': ['biases of ten tensors, some values often', integers(biases, 4, 1024)],
  'integers-precise': [
    '32-bit words of 24 significant bits, two bytes after them',
    integers(Buffer.concat([precise, Uint8Array.of(7, 9)]), 4, 1200),
  ],
  'integers-scales': ['binary32 numbers of like size in twelve tensors', integers(scales, 4, 512)],
  'integers-floats': [
    'binary32 numbers of both signs, some subnormal, infinite or not numbers',
    integers(numbers, 4, 3600),
  ],
  'integers-short': ['16-bit words', integers(short, 2, 2002)],
  'integers-one-word': ['one word of 32 bits', integers(Uint8Array.of(1, 2, 3, 4), 4, 4)],
  'palette-shared-weights': [
    '40 kernels of 40 with six palettes among them, ranks modelled',
    palette(sharing, { axis: 'outer', length: 40 }, 0, 'weights', true),
  ],
  'palette-shared-new': [
    '40 kernels of 40 whose palettes differ, new ones like earlier ones',
    palette(kernels, { axis: 'outer', length: 40 }, 0, 'rans', true),
  ],
  'palette-shared-scaled': [
    '40 kernels of 40 with the same clusters, of which the outermost do not occur everywhere',
    palette(outermostLacking, { axis: 'outer', length: 40 }, 0, 'rans', true),
  ],
  'weights-convolution': [
    'kernels of 3 x 3 x 16 whose rows have one extreme each',
    weights(convolution, lying([16, 3, 3]), 0),
  ],
  'weights-depthwise': [
    'kernels of 3 x 3 whose columns have one extreme each',
    weights(depthwise, lying([32, 3], true), 0),
  ],
  'weights-all-bytes': [
    'every byte around 128, no extremes, a last row that is cut',
    weights(inTen, lying([10, 7]), 128),
  ],
  'weights-zeros': ['half zeros, one row', weights(half, lying([]), 0)],
  'prediction-far': [
    'rows of 160 that change slowly, from one and two rows before',
    predicted(alongTime, 9, [tap(160, 70), tap(320, -8)], 'rans'),
  ],
  'prediction-near': [
    'bytes from their neighbours, and one from the start',
    predicted(alongTime, 9, [tap(1, 20), tap(160, 55), tap(161, -20), tap(6000, 3)], 'rans'),
  ],
  'prediction-overflow': [
    'any bytes, predictions far outside of a byte',
    predicted(inTen, 200, [tap(2, -128), tap(40, 127)], 'raw'),
  ],
  products: ['products with ties, subnormals, infinity and NaN; blocks of several spans', products()],
  ranges: ['ranges and quotients with ties, subnormals, infinity, NaN and dead channels', derived(ranges())],
  references: ['tables, their vtables before and after them, vectors that list them', references()],
  'records-structure': [
    'text and tables; copies with predicted lengths, from the dictionary and over 65472 bytes',
    records(recordsOf(90000)),
  ],
  'records-one-byte': ['one literal', records(Uint8Array.of(200))],
  'records-zeros': ['5000 zeros: long copies that overlap themselves', records(new Uint8Array(5000))],
  'no-block-checksums': [
    '40 blocks without checksums of their own',
    { ...manyBlocks(['records']), blockChecksums: false },
  ],
  'coded-table': ['40 blocks, the table is context-coded', manyBlocks(['context'])],
  'records-table': ['40 blocks, the table is coded as records', manyBlocks(['records'])],
};

const sha256 = (data) => createHash('sha256').update(data).digest('hex');
fs.rmSync(folder, { recursive: true, force: true });
fs.mkdirSync(path.join(folder, 'refused'), { recursive: true });
const vectors = Object.entries(good).map(([name, [how, input]]) => {
  const file = encodeContainer(input);
  fs.writeFileSync(path.join(folder, `${name}.wfz`), file);
  fs.writeFileSync(path.join(folder, `${name}.bin`), input.original);
  return { name, how, bytes: input.original.length, sha256: sha256(input.original), container: sha256(file) };
});

const changed = (at, value) => {
  const file = encodeContainer(good['raw-one-byte'][1]);
  file[at] = value;
  return file;
};
const plain = encodeContainer(good['rans-four-lanes'][1]);

/** The small file whose header says 2^30 bytes instead of 1, its checksums made right. */
function gigabyte() {
  const small = encodeContainer(good['raw-one-byte'][1]);
  const size = Uint8Array.of(0x80, 0x80, 0x80, 0x80, 4);
  const file = new Uint8Array([...small.subarray(0, 6), ...size, ...small.subarray(7)]);
  const view = new DataView(file.buffer);
  const coded = 1;
  const end = file.length - 4;
  view.setUint32(end - coded - 4, crc32c(file.subarray(0, end - coded - 4)), true);
  view.setUint32(end, crc32c(file.subarray(0, end)), true);
  return file;
}

/** Zeros in 13 contexts: far more than 8192 steps of work per coded byte. */
const zeros = new Uint8Array(262144);
const slow = encodeContainer(
  whole(zeros, 'context', encodeContext(zeros, structureParameters(zeros.length))),
);
/** A block of 77 zeros whose coded bytes are these. */
const zerosAs = (codec, ...coded) =>
  encodeContainer(whole(new Uint8Array(77), codec, Uint8Array.from(coded)));
const none = new Uint8Array(10);
const afterLast = [...none.subarray(1), 128];
/** A file whose product is like one of those above, but for these fields. */
function badProduct(index, fields) {
  const { original, products } = ranges();
  const input = derived({ original, products });
  return encodeContainer({
    ...input,
    products: products.map((one, i) => (i === index ? { ...one, ...fields } : one)),
  });
}

/** A file of integers, with one byte of its block changed and its checksums made right. */
function badIntegers(name, at, value) {
  const input = good[name][1];
  const coded = new Uint8Array(input.blocks[0].coded);
  coded[at] = value;
  return encodeContainer({ ...input, blocks: [{ ...input.blocks[0], coded }] });
}
/** A block changed behind checksums that are right, so that its codec meets the damage. */
const copies = encodeContainer(good['records-zeros'][1]);
function changedBlock(file, at, value) {
  const edited = new Uint8Array(file);
  edited[edited.length - 4 - at] = value;
  const view = new DataView(edited.buffer);
  view.setUint32(edited.length - 4, crc32c(edited.subarray(0, edited.length - 4)), true);
  return edited;
}

/** A file with the flags of its header changed, all checksums made right. */
function reflagged(name, flags) {
  const file = encodeContainer(good[name][1]);
  const { headerLength } = openContainer(file);
  file[5] ^= flags;
  const view = new DataView(file.buffer);
  for (const end of [headerLength - 4, file.length - 4])
    view.setUint32(end, crc32c(file.subarray(0, end)), true);
  return file;
}
const bare = encodeContainer(good['no-block-checksums'][1]);
const bareFlip = new Uint8Array(bare);
bareFlip[bare.length - 5] ^= 1;

/** What 2000 weights were coded to, said to be half a megabyte: more than 8192 steps of work per coded byte. */
const few = encodeWeights(clustered, lying([40]), 0);
const slowWeights = encodeContainer(whole(new Uint8Array(2 ** 19), 'weights', few));
/** Flags of a block of weights that no encoder sets: extremes of ranks. */
const flags = Uint8Array.from(few);
flags[0] = 2;
const badFlags = encodeContainer(whole(clustered, 'weights', flags));
/** A palette block whose palettes are shared and tokens at once. */
const bothForms = zerosAs('palette', 96, 0, 77, 0);
const bad = {
  'unknown-table-codec': ['UNKNOWN_CODEC', 'the table in codec 3', changed(5, 3)],
  'records-other-words': ['DAMAGED', 'another last word of a records block', changedBlock(copies, 1, 0x5a)],
  'records-other-state': [
    'DAMAGED',
    'another first byte of a records block',
    changedBlock(copies, good['records-zeros'][1].blocks[0].coded.length, 0x5a),
  ],
  'bad-magic': ['BAD_MAGIC', 'first byte 0x88', changed(0, 0x88)],
  'no-bytes': ['BAD_MAGIC', 'an empty file', new Uint8Array(0)],
  'unknown-version': ['UNKNOWN_VERSION', 'format version 4', changed(4, 4)],
  'unknown-flag': ['UNKNOWN_FLAG', 'flag 0x40', changed(5, 0x40)],
  'header-flip': ['DAMAGED', 'one bit of the SHA-256', changed(10, 1)],
  'cut-tail': ['DAMAGED', 'the last byte is missing', plain.subarray(0, plain.length - 1)],
  'claims-a-gigabyte': ['DAMAGED', 'one coded byte that should become 2^30', gigabyte()],
  'too-much-work': ['DAMAGED', 'context coding of 262144 zeros in 13 contexts', slow],
  'bits-of-eight': ['DAMAGED', 'eight bits per symbol', zerosAs('bits', 8, ...new Uint8Array(77))],
  'bits-too-long': ['DAMAGED', 'a byte after the symbols', zerosAs('bits', 1, ...none, 0)],
  'bits-after-last': ['DAMAGED', 'a bit is set after the last symbol', zerosAs('bits', 1, ...afterLast)],
  'bitmap-after-last': ['DAMAGED', 'a bit is set after the last byte', zerosAs('bitmap', 0, 0, ...afterLast)],
  'bitmap-in-bitmap': ['DAMAGED', 'a bitmap inside a bitmap', zerosAs('bitmap', 5, 0, ...none)],
  'bitmap-byte-left': ['DAMAGED', 'a byte for no other values', zerosAs('bitmap', 0, 0, ...none, 0)],
  'range-weights-outside': [
    'DAMAGED',
    'weights that end a byte after the original',
    badProduct(0, { weights: 205 }),
  ],
  'range-many-repeats': [
    'DAMAGED',
    'weights that repeat beyond the original',
    badProduct(0, { repeats: 2 ** 30 }),
  ],
  'quotient-source-outside': [
    'DAMAGED',
    'a source beyond the original',
    badProduct(1, { sources: [4, 208] }),
  ],
  'product-too-long': ['DAMAGED', 'more elements than the original has words', badProduct(2, { count: 40 })],
  'integers-split': ['DAMAGED', 'a split of 10', badIntegers('integers-biases', 2, 0x2a)],
  'integers-window': ['DAMAGED', 'more symbols than 256', badIntegers('integers-biases', 3, 127)],
  'integers-width': ['DAMAGED', 'words of 16 bits instead of 32', badIntegers('integers-floats', 0, 0x0a)],
  'weights-too-much-work': ['DAMAGED', 'the bytes of 2000 modelled weights for half a megabyte', slowWeights],
  'weights-level': ['DAMAGED', 'a first level of -16', zerosAs('weights', 0, 7, 0, 0, 0, 0)],
  'weights-dimensions': [
    'DAMAGED',
    'dimensions of 7 and 12 in 77 weights',
    zerosAs('weights', 32, 7, 12, 7, 0),
  ],
  'context-head': ['DAMAGED', 'a prepared model that does not exist', zerosAs('context', 10, 0, 0, 0, 0)],
  'context-derived': [
    'DAMAGED',
    'a derived term with argument 5',
    zerosAs('context', 8, 10, 28, 1, 0, 1, 1, 0xa3, 1, 0, 0, 0, 0),
  ],
  'weights-flags': ['DAMAGED', 'extremes of ranks', badFlags],
  'prediction-no-tap': ['DAMAGED', 'a prediction without taps', zerosAs('prediction', 0, 0, 0)],
  'prediction-weights': [
    'DAMAGED',
    'weights whose magnitudes add up to 256',
    zerosAs('prediction', 0, 0, 2, 1, 128, 2, 128, ...new Uint8Array(77)),
  ],
  'prediction-distance': [
    'DAMAGED',
    'a tap before the start of any byte',
    zerosAs('prediction', 0, 0, 1, 78, 1, ...new Uint8Array(77)),
  ],
  'prediction-in-prediction': [
    'DAMAGED',
    'a prediction inside a prediction',
    zerosAs('prediction', 9, 0, 1, 1, 1, ...new Uint8Array(77)),
  ],
  'palette-both-forms': ['DAMAGED', 'palettes shared and tokens at once', bothForms],
  'reference-without-table': [
    'DAMAGED',
    'a link to the second of one table',
    storedWords(0x80, 0x80000004, 0x81000002),
  ],
  'reference-before-tables': ['DAMAGED', 'a link to table -1', storedWords(0x80, 0x80000004, 0x81000001)],
  'references-mark': ['DAMAGED', 'a mark of 0x81', storedWords(0x81, 4)],
  'references-too-many': ['DAMAGED', '65537 tables', manyTables()],
  'no-block-checksums-flip': ['DAMAGED', 'one bit of a block, where only the file has a checksum', bareFlip],
  'no-block-checksums-other': [
    'HASH_MISMATCH',
    'another last byte, behind a file checksum that is right, where blocks have none',
    changedBlock(bare, 1, 0x5a),
  ],
  'block-checksums-flag-left-out': [
    'DAMAGED',
    'no block checksums, but the flags say that there are',
    reflagged('no-block-checksums', 0x20),
  ],
  'block-checksums-flag-too-much': [
    'DAMAGED',
    'block checksums, but the flags say that there are none',
    reflagged('records-table', 0x20),
  ],
  'bytes-after-end': ['DAMAGED', 'one byte after the end', Buffer.concat([plain, Uint8Array.of(0)])],
};
const refused = Object.entries(bad).map(([name, [code, how, file]]) => {
  fs.writeFileSync(path.join(folder, 'refused', `${name}.wfz`), file);
  return { name, code, how };
});
const about =
  'made by formats/container/scripts/make-vectors.mjs; NAME.wfz decodes to NAME.bin, refused/NAME.wfz fails with code';
fs.writeFileSync(
  path.join(folder, 'vectors.json'),
  `${JSON.stringify({ about, vectors, refused }, null, 2)}\n`,
);
