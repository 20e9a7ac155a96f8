/** A wav of one format; all channels have the same values, from −1 to 1. */
export function wav(
  samples: number[],
  {
    bits,
    tag = 1,
    channels = 1,
    sampleRate = 8000,
  }: { bits: number; tag?: number; channels?: number; sampleRate?: number },
): Uint8Array {
  const width = bits / 8;
  const bytes = Buffer.alloc(44 + samples.length * width * channels);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(tag, 20);
  bytes.writeUInt16LE(channels, 22);
  bytes.writeUInt32LE(sampleRate, 24);
  bytes.writeUInt16LE(width * channels, 32);
  bytes.writeUInt16LE(bits, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(samples.length * width * channels, 40);
  samples.forEach((value, i) => {
    for (let channel = 0; channel < channels; channel++) {
      const at = 44 + (i * channels + channel) * width;
      if (tag === 3) bytes.writeFloatLE(value, at);
      else if (bits === 8) bytes.writeUInt8(Math.round(value * 128) + 128, at);
      else bytes.writeIntLE(Math.round(value * 2 ** (bits - 1)), at, width);
    }
  });
  return bytes;
}
