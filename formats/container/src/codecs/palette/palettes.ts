/**
 * How positions map to channels: `outer` – a channel is `length` symbols that follow one another (the kernels of a
 * convolution); `inner` – the channel is the position modulo `length` (depthwise kernels). One palette for all is
 * outer with the block's length.
 */
export interface ChannelShape {
  axis: 'outer' | 'inner';
  length: number;
}

/** Values of a channel beside the center: steps above it, ascending, and steps below it, ascending. */
export interface Palette {
  above: number[];
  below: number[];
}

export const numberContexts = 20;
/** Channels of a block, and steps of all its palettes together (which are also at most the block's length). */
export const limits = { channels: 65536, steps: 2 ** 20 };

export function channelCount(shape: ChannelShape, length: number): number {
  return shape.axis === 'inner' ? Math.min(shape.length, length) : Math.ceil(length / shape.length);
}

/** Where the numbers of palettes go to. */
export interface StepSink {
  put(context: number, value: number): void;
}

/** Where they come from. */
export interface StepSource {
  get(context: number): number;
  /** Whether exactly all bytes are used. */
  readonly exact: boolean;
}

/** Calls `visit` for every stretch [from, to) of `length` positions that belongs to one channel. */
export function forEachChannelRun(
  shape: ChannelShape,
  length: number,
  visit: (channel: number, from: number, to: number) => void,
): void {
  if (shape.axis === 'inner') {
    for (let i = 0, channel = 0; i < length; i++) {
      visit(channel, i, i + 1);
      channel = channel + 1 === shape.length ? 0 : channel + 1;
    }
    return;
  }
  for (let from = 0, channel = 0; from < length; from += shape.length, channel++)
    visit(channel, from, Math.min(length, from + shape.length));
}

/** How palettes are coded: bits 5 and 6 of a block's head. */
export const paletteForms = { numbers: 0, shared: 1, tokens: 2 };

/** Context of the gap before step `index`: palettes of one layer resemble one another position by position. */
function gapContext(side: 0 | 1, index: number): number {
  return 2 + side * 9 + Math.min(index, 8);
}

export function putPalette(out: StepSink, palette: Palette): void {
  [palette.above, palette.below].forEach((steps, side) => {
    out.put(side, steps.length);
    let before = 0;
    steps.forEach((step, index) => {
      out.put(gapContext(side as 0 | 1, index), step - before - 1);
      before = step;
    });
  });
}

/** Reads one palette; null when a step leaves the byte range. */
export function getPalette(input: StepSource): Palette | null {
  const lists: number[][] = [[], []];
  for (const side of [0, 1] as const) {
    const count = input.get(side);
    if (count > 128) return null;
    let step = 0;
    for (let index = 0; index < count; index++) {
      step += input.get(gapContext(side, index)) + 1;
      if (step > 128) return null;
      lists[side]!.push(step);
    }
  }
  return { above: lists[0]!, below: lists[1]! };
}

/** The byte of each rank: 0 and those without a step are the center, odd ones count upwards, even ones downwards. */
export function fillByteValues(values: Uint8Array, { above, below }: Palette, center: number): void {
  values.fill(center);
  for (let i = 0; i < above.length && 2 * i + 1 < 256; i++) values[2 * i + 1] = center + above[i]!;
  for (let i = 0; i < below.length && 2 * i + 2 < 256; i++) values[2 * i + 2] = center - below[i]!;
}
