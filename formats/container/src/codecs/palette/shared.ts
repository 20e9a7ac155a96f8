import type { NumberDecoder, NumberSink } from '../../coding/numbers.js';
import type { Palette } from './palettes.js';

/** Palettes that channels have in common: each palette once, and which one a channel has. */
export interface SharedPalettes {
  palettes: Palette[];
  /** Index of each channel's palette; new ones are numbered as channels first have them. */
  ofChannel: number[];
}

export const sharedNumberContexts = 40;

/** Writes a number, or reads one: then what is given does not matter. */
type CodeNumber = (context: number, value: number) => number;

/** What steps of a palette to come are expected to be, in 1/16, above and below the center. */
type Reference = [number[], number[]];

const contexts = { again: 0, count: 2, gap: 4, difference: 22 };

/** A channel's outermost step in 1/16 when it is quantized by its largest magnitude. */
const outermost = 127 * 16;

/** What palettes that were made let expect of the next one. */
class References {
  /** Of palettes with the same two counts; the latest weighs a quarter. */
  readonly #alike = new Map<number, Reference>();
  /** Of the palette with the most steps, the first of equals. */
  #fullest: Reference = [[], []];

  /** Null when no palette is like one with these counts. */
  find(above: number, below: number): Reference | null {
    return this.#alike.get(above * 129 + below) ?? this.#scaled(above, below);
  }

  /**
   * Channels of one clustered layer have the same clusters: one whose largest magnitudes do not occur has the others, multiplied so that
   * the largest of them becomes 127.
   */
  #scaled(above: number, below: number): Reference | null {
    const [up, down] = this.#fullest;
    if (above + below === 0 || above > up.length || below > down.length) return null;
    const most = Math.max(up[above - 1] ?? 0, down[below - 1] ?? 0);
    const scale = (steps: number[], count: number): number[] =>
      steps.slice(0, count).map((step) => Math.floor((step * outermost) / most));
    return [scale(up, above), scale(down, below)];
  }

  learn({ above, below }: Palette): void {
    const key = above.length * 129 + below.length;
    const before = this.#alike.get(key);
    const reference: Reference = [learned(before?.[0], above), learned(before?.[1], below)];
    this.#alike.set(key, reference);
    const steps = ([up, down]: Reference): number => up.length + down.length;
    if (steps(reference) > steps(this.#fullest)) this.#fullest = reference;
  }
}

/**
 * A step as its difference from `expected`, which like the step is above `before`: 0, 1, -1, 2, -2 … as 0, 1, 2, 3, 4 … as
 * far as there are steps on both sides.
 */
function codeDifference(
  code: CodeNumber,
  context: number,
  before: number,
  expected: number,
  step: number,
): number {
  const room = expected - before - 1;
  const difference = step - expected;
  const folded =
    Math.abs(difference) <= room ? 2 * Math.abs(difference) - (difference > 0 ? 1 : 0) : difference + room;
  const z = code(context, folded);
  if (z > 2 * room) return expected + z - room;
  return expected + (z & 1 ? (z + 1) >> 1 : -(z >> 1));
}

/** Steps of one side; null when one is above 128. */
function codeSteps(
  code: CodeNumber,
  side: number,
  count: number,
  steps: number[],
  reference: number[] | undefined,
): number[] | null {
  const result: number[] = [];
  let before = 0;
  for (let index = 0; index < count; index++) {
    const position = 9 * side + Math.min(index, 8);
    const step = reference
      ? codeDifference(
          code,
          contexts.difference + position,
          before,
          Math.max(before + 1, (reference[index]! + 8) >> 4),
          steps[index]!,
        )
      : before + 1 + code(contexts.gap + position, steps[index]! - before - 1);
    if (step > 128) return null;
    result.push(step);
    before = step;
  }
  return result;
}

function learned(reference: number[] | undefined, steps: number[]): number[] {
  return steps.map((step, i) => {
    if (!reference) return 16 * step;
    return reference[i]! + Math.trunc((16 * step - reference[i]!) / 4);
  });
}

/** Both sides of a new palette; null when a count or a step is above 128. */
function codePalette(code: CodeNumber, palette: Palette, references: References): Palette | null {
  const above = code(contexts.count, palette.above.length);
  const below = code(contexts.count + 1, palette.below.length);
  if (above > 128 || below > 128) return null;
  const reference = references.find(above, below);
  const up = codeSteps(code, 0, above, palette.above, reference?.[0]);
  const down = up && codeSteps(code, 1, below, palette.below, reference?.[1]);
  if (!up || !down) return null;
  const made = { above: up, below: down };
  references.learn(made);
  return made;
}

const none: Palette = { above: [], below: [] };

/** Null when a number is out of range, or palettes together have more than `most` entries. */
function codeShared(
  code: CodeNumber,
  channels: number,
  most: number,
  known: SharedPalettes | null,
): SharedPalettes | null {
  const references = new References();
  const palettes: Palette[] = [];
  const ofChannel: number[] = [];
  let again = 0;
  let entries = 0;
  for (let channel = 0; channel < channels; channel++) {
    const index = known ? known.ofChannel[channel]! : 0;
    const ago = code(contexts.again + again, index < palettes.length ? palettes.length - index : 0);
    if (ago > palettes.length) return null;
    again = ago > 0 ? 1 : 0;
    ofChannel.push(palettes.length - ago);
    if (ago > 0) continue;
    const palette = codePalette(code, known ? known.palettes[index]! : none, references);
    if (!palette) return null;
    entries += palette.above.length + palette.below.length;
    if (entries > most) return null;
    palettes.push(palette);
  }
  return { palettes, ofChannel };
}

export function putSharedPalettes(out: NumberSink, shared: SharedPalettes): void {
  const code = (context: number, value: number): number => {
    out.put(context, value);
    return value;
  };
  codeShared(code, shared.ofChannel.length, Number.POSITIVE_INFINITY, shared);
}

/** @param most entries that all palettes may have together. Null when the numbers are damaged */
export function getSharedPalettes(
  input: NumberDecoder,
  channels: number,
  most: number,
): SharedPalettes | null {
  return codeShared((context) => input.get(context), channels, most, null);
}
