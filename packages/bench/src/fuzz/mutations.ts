/** What a case does to a file. The same seed and index give the same bytes. */
export interface FuzzCase {
  bytes: Uint8Array;
  /** In words, for a report. */
  what: string;
}

/** How many cases touch every byte of a file once: 00, FF, one bit flipped. */
export const exhaustiveCount = (bytes: Uint8Array): number => 3 * bytes.length;

/** One byte set to 00 or FF, or with a seeded bit flipped. */
export function exhaustiveCase(original: Uint8Array, index: number, seed: number): FuzzCase {
  const at = Math.floor(index / 3);
  const bytes = original.slice();
  const flipped = bytes[at]! ^ (1 << Math.floor(8 * generator(seed, at)()));
  bytes[at] = [0x00, 0xff, flipped][index % 3]!;
  return { bytes, what: `byte ${at} set to ${bytes[at]}` };
}

type Mutation = (bytes: Uint8Array, random: () => number) => { bytes: Uint8Array; what: string };

const pick = (random: () => number, n: number) => Math.floor(random() * n);
/** Tables and vtables lie near both ends of a .tflite: half of the places are taken there. */
function place(bytes: Uint8Array, random: () => number): number {
  const near = Math.min(bytes.length, 2048);
  const kind = random();
  if (kind < 0.25) return pick(random, near);
  return kind < 0.5 ? bytes.length - 1 - pick(random, near) : pick(random, bytes.length);
}

const mutations: Mutation[] = [
  function flip(bytes, random) {
    const at = place(bytes, random);
    const flipped = bytes.slice();
    flipped[at]! ^= 1 << pick(random, 8);
    return { bytes: flipped, what: `flip at ${at}` };
  },
  function cut(bytes, random) {
    const length = place(bytes, random);
    return { bytes: bytes.slice(0, length), what: `cut to ${length}` };
  },
  function splice(bytes, random) {
    const at = place(bytes, random) & ~3;
    if (at + 4 > bytes.length) return { bytes, what: 'nothing' };
    const values = [
      pick(random, 256),
      pick(random, bytes.length),
      2 ** 31 - pick(random, 4),
      -pick(random, 1 << 20),
    ];
    const value = values[pick(random, values.length)]!;
    const spliced = bytes.slice();
    new DataView(spliced.buffer).setInt32(at, value | 0, true);
    return { bytes: spliced, what: `word at ${at} set to ${value | 0}` };
  },
  function copy(bytes, random) {
    const [from, to] = [place(bytes, random) & ~3, place(bytes, random) & ~3];
    const length = 4 * (1 + pick(random, 16));
    const copied = bytes.slice();
    copied.copyWithin(to, from, from + length);
    return { bytes: copied, what: `${length} bytes of ${from} copied to ${to}` };
  },
  function insert(bytes, random) {
    const at = place(bytes, random) & ~3;
    const length = 4 * (1 + pick(random, 8));
    const longer = new Uint8Array(bytes.length + length);
    longer.set(bytes.subarray(0, at));
    longer.set(bytes.subarray(at, at + length), at + length);
    longer.set(bytes.subarray(at), at + length);
    return { bytes: longer, what: `${length} bytes inserted at ${at}` };
  },
];

/** One to four random mutations. */
export function randomCase(original: Uint8Array, index: number, seed: number): FuzzCase {
  const random = generator(seed, index);
  const words: string[] = [];
  let bytes = original;
  for (let left = 1 + pick(random, 4); left > 0 && bytes.length > 0; left--) {
    const mutated = mutations[pick(random, mutations.length)]!(bytes, random);
    bytes = mutated.bytes;
    words.push(mutated.what);
  }
  return { bytes, what: words.join(', ') };
}

/** Numbers in [0, 1) for a case (mulberry32: a 32-bit counter, mixed). */
function generator(seed: number, index: number): () => number {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
