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

/** What steps of a palette to come with the same two counts are expected to be, in 1/16; the latest weighs a quarter. */
type Reference = [number[], number[]];

const contexts = { again: 0, count: 2, gap: 4, difference: 22 };

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
function codePalette(code: CodeNumber, palette: Palette, references: Map<number, Reference>): Palette | null {
  const above = code(contexts.count, palette.above.length);
  const below = code(contexts.count + 1, palette.below.length);
  if (above > 128 || below > 128) return null;
  const key = above * 129 + below;
  const reference = references.get(key);
  const up = codeSteps(code, 0, above, palette.above, reference?.[0]);
  const down = up && codeSteps(code, 1, below, palette.below, reference?.[1]);
  if (!up || !down) return null;
  references.set(key, [learned(reference?.[0], up), learned(reference?.[1], down)]);
  return { above: up, below: down };
}

const none: Palette = { above: [], below: [] };

/** Null when a number is out of range, or palettes together have more than `most` entries. */
function codeShared(
  code: CodeNumber,
  channels: number,
  most: number,
  known: SharedPalettes | null,
): SharedPalettes | null {
  const references = new Map<number, Reference>();
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
