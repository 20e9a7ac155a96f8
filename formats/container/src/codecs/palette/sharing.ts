/** A channel may join a palette that lacks at most this part of its values. */
const lacking = 1 / 8;

const sizeOf = (values: Uint8Array): number => values.reduce((sum, present) => sum + present, 0);

function missing(values: Uint8Array, from: Uint8Array): number {
  let count = 0;
  for (let v = 0; v < 256; v++) if (values[v] && !from[v]) count++;
  return count;
}

/** The set that lacks the fewest of the values and stays within `most` values with them, or -1. */
function nearest(values: Uint8Array, sets: Uint8Array[], most: number): number {
  let best = -1;
  let least = Math.floor(sizeOf(values) * lacking) + 1;
  sets.forEach((set, index) => {
    const extra = missing(values, set);
    if (extra >= least || sizeOf(set) + extra > most) return;
    best = index;
    least = extra;
  });
  return best;
}

/**
 * Groups channels whose values go together, as those of one clustered layer that have the same scale do: a channel that
 * lacks a cluster or two then has the others' ranks.
 *
 * @param present per channel, 1 for each byte that occurs
 */
export function sharedSets(present: Uint8Array[]): { sets: Uint8Array[]; ofChannel: number[] } {
  const sizes = present.map(sizeOf);
  const most = 2 ** Math.ceil(Math.log2(Math.max(1, ...sizes)));
  const order = [...present.keys()].sort((a, b) => sizes[b]! - sizes[a]! || a - b);
  const sets: Uint8Array[] = [];
  const group = new Int32Array(present.length);
  for (const channel of order) {
    const joined = nearest(present[channel]!, sets, most);
    group[channel] = joined < 0 ? sets.push(new Uint8Array(256)) - 1 : joined;
    const set = sets[group[channel]!]!;
    present[channel]!.forEach((value, v) => {
      if (value) set[v] = 1;
    });
  }
  const numbers = new Map<number, number>();
  const ofChannel = [...group].map((index) => {
    if (!numbers.has(index)) numbers.set(index, numbers.size);
    return numbers.get(index)!;
  });
  return { sets: [...numbers.keys()].map((index) => sets[index]!), ofChannel };
}
