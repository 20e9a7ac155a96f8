/** Where bytes are not the center, and which ones those are. */
export interface Bitmap {
  /** The other values in their order. */
  others: Uint8Array;
  /** The codec's bytes before those of the inner codec, given its id. */
  head: (innerCodec: number) => Uint8Array;
}

/** Takes one frequent value out of the data: a bit for each byte, and the other values. */
export function toBitmap(data: Uint8Array, center: number): Bitmap {
  const bitmap = new Uint8Array(Math.ceil(data.length / 8));
  const others = data.filter((value) => value !== center);
  for (let i = 0; i < data.length; i++) if (data[i] !== center) bitmap[i >> 3]! |= 1 << (i & 7);
  const head = (innerCodec: number): Uint8Array => {
    const bytes = new Uint8Array(2 + bitmap.length);
    bytes[0] = innerCodec;
    bytes[1] = center;
    bytes.set(bitmap, 2);
    return bytes;
  };
  return { others, head };
}
