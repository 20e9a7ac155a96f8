import { DatasetError } from '../errors.js';

/** Sound with one channel, values from −1 to 1. */
export interface Sound {
  sampleRate: number;
  samples: Float32Array;
}

const formats = { 1: 'PCM', 3: 'float' } as const;

/**
 * Reads a RIFF WAVE file with PCM of 8, 16, 24 or 32 bits or float32 samples; several channels become their mean.
 * @throws DatasetError for another format and for a damaged file
 */
export function readWav(bytes: Uint8Array, name = 'wav'): Sound {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (at: number) => Buffer.from(bytes.subarray(at, at + 4)).toString('latin1');
  if (bytes.length < 12 || text(0) !== 'RIFF' || text(8) !== 'WAVE')
    throw broken(name, 'byte 0', 'RIFF … WAVE', JSON.stringify(`${text(0)} … ${text(8)}`));
  let format: Format | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const [id, size] = [text(at), view.getUint32(at + 4, true)];
    const start = at + 8;
    if (id === 'fmt ') format = readFormat(view, start, size, name);
    if (id === 'data') {
      if (!format) throw broken(name, `byte ${at}`, 'a fmt chunk before the data', 'none');
      // Some recorders write a size that is too large when they are stopped: what is there counts.
      return decode(view, start, Math.min(size, bytes.length - start), format);
    }
    at = start + size + (size % 2);
  }
  throw broken(name, `byte ${bytes.length}`, 'a data chunk', 'the end of the file');
}

interface Format {
  kind: 'PCM' | 'float';
  channels: number;
  sampleRate: number;
  bits: number;
}

function readFormat(view: DataView, start: number, size: number, name: string): Format {
  if (size < 16 || start + 16 > view.byteLength)
    throw broken(name, `byte ${start}`, 'a fmt chunk of at least 16 bytes', `${size}`);
  const tag = view.getUint16(start, true);
  const extended = tag === 0xfffe && size >= 26 && start + 26 <= view.byteLength;
  const kind = formats[(extended ? view.getUint16(start + 24, true) : tag) as keyof typeof formats];
  const channels = view.getUint16(start + 2, true);
  const sampleRate = view.getUint32(start + 4, true);
  const bits = view.getUint16(start + 14, true);
  const known = kind === 'PCM' ? [8, 16, 24, 32].includes(bits) : kind === 'float' && bits === 32;
  if (!kind || !known || channels < 1 || sampleRate < 1)
    throw broken(
      name,
      `byte ${start}`,
      'PCM of 8, 16, 24 or 32 bits, or float32',
      `format ${tag}, ${bits} bits, ${channels} channels`,
    );
  return { kind, channels, sampleRate, bits };
}

function decode(
  view: DataView,
  start: number,
  size: number,
  { kind, channels, sampleRate, bits }: Format,
): Sound {
  const width = bits / 8;
  const samples = new Float32Array(Math.floor(size / (width * channels)));
  const one = (at: number): number => {
    if (kind === 'float') return view.getFloat32(at, true);
    if (bits === 8) return (view.getUint8(at) - 128) / 128;
    if (bits === 16) return view.getInt16(at, true) / 2 ** 15;
    if (bits === 24) return (view.getUint16(at, true) + view.getInt8(at + 2) * 2 ** 16) / 2 ** 23;
    return view.getInt32(at, true) / 2 ** 31;
  };
  for (let i = 0; i < samples.length; i++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += one(start + (i * channels + channel) * width);
    samples[i] = sum / channels;
  }
  return { sampleRate, samples };
}

function broken(name: string, where: string, expected: string, received: string): DatasetError {
  return new DatasetError(`${name}, ${where}: expected ${expected} but received ${received}`, {
    where: `${name}, ${where}`,
    expected,
    received,
  });
}
