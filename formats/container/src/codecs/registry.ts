import { ContainerError, damaged } from '../errors.js';
import { maximumExpansion } from '../layout.js';
import { decodeBitmap, readHead as readBitmapHead } from './bitmap/decode.js';
import { decodeBits } from './bits/decode.js';
import { decodeContext } from './context/decode.js';
import { decodeIntegers } from './integers/decode.js';
import { integersTableBytes } from './integers/table-bytes.js';
import { decodePalette } from './palette/decode.js';
import { paletteTableBytes } from './palette/table-bytes.js';
import { decodePrediction, readHead as readPredictionHead } from './prediction/decode.js';
import { decodeRans } from './rans/decode.js';
import type { Environment } from './rans/shared.js';
import { ransTableBytes } from './rans/table-bytes.js';
import { decodeRaw } from './raw/decode.js';
import { decodeRecords } from './records/decode.js';
import { recordsTableBytes } from './records/table-bytes.js';
import { decodeWeights } from './weights/decode.js';

/** A way to code the bytes of a block. */
export interface Codec {
  id: number;
  name: string;
  /** A block may hold at most this many bytes per coded byte (see SPEC.md, limits). */
  maximumExpansion: number;
  /** Whether it may stand inside a palette, prediction or bitmap block. */
  inner: boolean;
  /** @param environment what the container's header has for all blocks */
  decode(coded: Uint8Array, length: number, offset: number, environment: Environment): Uint8Array;
  /** Bytes of lookup tables that decoding this block takes (SPEC.md, "Decoder tables"); reads no further than it must. */
  tableBytes(coded: Uint8Array, length: number, offset: number, environment: Environment): number;
}

/** Most that any codec keeps beside input and output (SPEC.md, limits): what codecs that mix contexts may take. */
const mixing = (): number => 26 * 2 ** 20;
const none = (): number => 0;

/** Every codec; the file has the id. Round-trip, damage and cross-decoder tests run over this list. */
export const codecs: readonly Codec[] = [
  { id: 0, name: 'raw', maximumExpansion: 1, inner: true, decode: decodeRaw, tableBytes: none },
  { id: 1, name: 'rans', maximumExpansion, inner: true, decode: decodeRans, tableBytes: ransTableBytes },
  { id: 2, name: 'context', maximumExpansion, inner: true, decode: decodeContext, tableBytes: mixing },
  {
    id: 3,
    name: 'palette',
    maximumExpansion,
    inner: false,
    decode: (coded, length, offset, environment) =>
      decodePalette(coded, length, offset, (id, ranks, count, at) =>
        insideOuter('palette', id, at).decode(ranks, count, at, environment),
      ),
    tableBytes: (coded, length, offset, environment) =>
      paletteTableBytes(coded, length, offset, (id, ranks, count, at) =>
        insideOuter('palette', id, at).tableBytes(ranks, count, at, environment),
      ),
  },
  { id: 4, name: 'bits', maximumExpansion, inner: true, decode: decodeBits, tableBytes: none },
  {
    id: 5,
    name: 'bitmap',
    maximumExpansion,
    inner: true,
    decode: (coded, length, offset, environment) =>
      decodeBitmap(coded, length, offset, (id, others, count, at) =>
        decodeOthers(id, others, count, at, environment),
      ),
    tableBytes: (coded, length, offset, environment) => {
      const { codec, count, reader } = readBitmapHead(coded, length, offset);
      if (count === 0) return 0;
      const others = coded.subarray(reader.position);
      return insideBitmap(codec, offset).tableBytes(others, count, reader.offset, environment);
    },
  },
  {
    id: 6,
    name: 'records',
    maximumExpansion,
    inner: false,
    decode: decodeRecords,
    tableBytes: recordsTableBytes,
  },
  {
    id: 7,
    name: 'integers',
    maximumExpansion,
    inner: false,
    decode: decodeIntegers,
    tableBytes: integersTableBytes,
  },
  { id: 8, name: 'weights', maximumExpansion, inner: true, decode: decodeWeights, tableBytes: mixing },
  {
    id: 9,
    name: 'prediction',
    maximumExpansion,
    inner: false,
    decode: (coded, length, offset, environment) =>
      decodePrediction(coded, length, offset, (id, differences, count, at) =>
        insideOuter('prediction', id, at).decode(differences, count, at, environment),
      ),
    tableBytes: (coded, length, offset, environment) => {
      const { codec, reader } = readPredictionHead(coded, length, offset);
      const differences = coded.subarray(reader.position);
      return insideOuter('prediction', codec, offset).tableBytes(
        differences,
        length,
        reader.offset,
        environment,
      );
    },
  },
];

/** The codec with this id, or an error that names the id. */
export function codecById(id: number, offset: number): Codec {
  const codec = codecs.find((candidate) => candidate.id === id);
  if (codec) return codec;
  throw new ContainerError(`Unknown codec ${id}`, {
    code: 'UNKNOWN_CODEC',
    offset,
    expected: codecs.map(({ name, id: known }) => `${known} (${name})`).join(', '),
    received: `${id}`,
    hint: 'A newer weightfold may have made this file: update weightfold.',
  });
}

function insideOuter(outer: 'palette' | 'prediction', id: number, offset: number): Codec {
  const codec = codecById(id, offset);
  if (codec.inner) return codec;
  throw notInside(outer, codec, 'raw, rans, context, bits, bitmap or weights', offset);
}

function insideBitmap(id: number, offset: number): Codec {
  const codec = codecById(id, offset);
  if (codec.inner && codec.name !== 'bitmap' && codec.name !== 'weights') return codec;
  throw notInside('bitmap', codec, 'raw, rans, context or bits', offset);
}

function decodeOthers(
  id: number,
  coded: Uint8Array,
  length: number,
  offset: number,
  environment: Environment,
): Uint8Array {
  const codec = insideBitmap(id, offset);
  if (length > 0) return codec.decode(coded, length, offset, environment);
  if (coded.length > 0) throw damaged(offset, 'no other values', 'no bytes', `${coded.length}`);
  return coded;
}

function notInside(outer: string, { name }: Codec, expected: string, offset: number): ContainerError {
  return new ContainerError(`Codec ${name} inside a ${outer} block`, {
    code: 'DAMAGED',
    offset,
    expected,
    received: name,
  });
}
