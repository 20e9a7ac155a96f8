import { ContainerError } from '../errors.js';
import { maximumExpansion } from '../layout.js';
import { decodeContext } from './context/decode.js';
import { decodePalette } from './palette/decode.js';
import { decodeRans } from './rans/decode.js';
import { decodeRaw } from './raw/decode.js';

/** A way to code the bytes of a block. */
export interface Codec {
  id: number;
  name: string;
  /** A block may hold at most this many bytes per coded byte (see SPEC.md, limits). */
  maximumExpansion: number;
  /** Whether it may stand inside a palette block. */
  inner: boolean;
  decode(coded: Uint8Array, length: number, offset: number): Uint8Array;
}

/** Every codec; the file has the id. Round-trip, damage and cross-decoder tests run over this list. */
export const codecs: readonly Codec[] = [
  { id: 0, name: 'raw', maximumExpansion: 1, inner: true, decode: decodeRaw },
  { id: 1, name: 'rans', maximumExpansion, inner: true, decode: decodeRans },
  { id: 2, name: 'context', maximumExpansion, inner: true, decode: decodeContext },
  {
    id: 3,
    name: 'palette',
    maximumExpansion,
    inner: false,
    decode: (coded, length, offset) => decodePalette(coded, length, offset, decodeInner),
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

function decodeInner(id: number, coded: Uint8Array, length: number, offset: number): Uint8Array {
  const codec = codecById(id, offset);
  if (codec.inner) return codec.decode(coded, length, offset);
  throw new ContainerError(`Codec ${codec.name} inside a palette block`, {
    code: 'DAMAGED',
    offset,
    expected: 'raw, rans or context',
    received: codec.name,
  });
}
