import { halfOctave } from './half-octave.js';
import { codeLevels, largestLevel } from './levels.js';
import { levelCount } from './tree.js';

/** Symbols after which the model knows from them how frequent magnitudes are: wrong levels cost no more than they do in so many. */
const trusted = 300;
const mostRounds = 4;

/** Per class of magnitudes: symbols that were seen, and ranks that the class has. */
interface Classes {
  seen: Float64Array;
  sizes: Float64Array;
}

function countClasses(ranks: Uint8Array, largest: number): Classes {
  const counts = new Float64Array(256);
  for (const rank of ranks) counts[rank]!++;
  const count = levelCount(largest);
  const classes = { seen: new Float64Array(count), sizes: new Float64Array(count) };
  for (let rank = 0; rank <= largest; rank++) {
    const magnitudeClass = halfOctave((rank + 1) >> 1);
    classes.seen[magnitudeClass]! += counts[rank]!;
    classes.sizes[magnitudeClass]!++;
  }
  return classes;
}

/** Levels that are nearest to how frequent the magnitudes are. */
function nearestLevels({ seen, sizes }: Classes): Uint8Array {
  const densities = seen.map((count, i) => (sizes[i] ? (count + 0.3) / sizes[i]! : 0));
  const highest = Math.max(...densities);
  return Uint8Array.from(densities, (density) =>
    density === 0 ? largestLevel : Math.min(largestLevel, Math.round(Math.log2(highest / density))),
  );
}

function levelBits(levels: Uint8Array): number {
  let bits = 0;
  codeLevels(levels, (bit, probability) => {
    bits -= Math.log2(bit ? probability / 65536 : 1 - probability / 65536);
    return bit;
  });
  return bits;
}

/** Bits that levels take, and that symbols take beyond what they would with their true frequencies, but for a constant. */
function costOf(levels: Uint8Array, { seen, sizes }: Classes): number {
  let weights = 0;
  let bits = 0;
  let length = 0;
  for (let i = 0; i < levels.length; i++) {
    weights += sizes[i]! * 2 ** -levels[i]!;
    bits += seen[i]! * levels[i]!;
    length += seen[i]!;
  }
  return levelBits(levels) + ((bits + length * Math.log2(weights)) * trusted) / (length + trusted);
}

/**
 * Levels of the classes of magnitudes that make the block smallest, about: from those nearest to the frequencies one after another is
 * changed as long as that helps.
 *
 * @param largest largest rank in the tree; larger ones are extremes
 */
export function fitLevels(ranks: Uint8Array, largest: number): Uint8Array {
  const classes = countClasses(ranks, largest);
  let levels = nearestLevels(classes);
  let least = costOf(levels, classes);
  for (let round = 0; round < mostRounds; round++) {
    const before = least;
    for (let i = 0; i < levels.length; i++) {
      for (let level = 0; level <= largestLevel; level++) {
        const changed = levels.with(i, level);
        const cost = costOf(changed, classes);
        if (cost >= least) continue;
        levels = changed;
        least = cost;
      }
    }
    if (least === before) break;
  }
  return levels;
}
