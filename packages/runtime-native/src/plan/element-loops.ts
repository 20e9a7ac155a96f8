import { type ChannelQuantizer, quantizeChannels } from './multiplier.js';

/**
 * Loops over channels and weights. Networks have thousands and millions of them, and code that ran once is slow: `Model.load` takes
 * the addon's (load.ts), which give the same numbers.
 */
export interface ElementLoops {
  quantizeChannels: ChannelQuantizer;
  /**
   * Writes codes of 8 bits as int8, less a zero point where all of them then still are int8. `flip` is what they are first XORed with:
   * 128 where they are uint8, else 0.
   * @returns whether they are without their zero point
   */
  shiftCodes: (codes: Int8Array | Uint8Array, flip: number, zeroPoint: number, to: Int8Array) => boolean;
  /** Copies from every `size` runs of `run` bytes those at `places`, one after the other. */
  selectRuns: (from: Uint8Array, run: number, size: number, places: Int32Array, to: Uint8Array) => void;
  /** Which of the runs of `run` codes hold nothing but zeros. */
  zeroRuns: (codes: Int8Array, run: number) => number[];
}

/** The plain ones. */
export const plainLoops: ElementLoops = {
  quantizeChannels,

  shiftCodes(codes, flip, zeroPoint, to) {
    for (let i = 0; i < codes.length; i++) to[i] = codes[i]! ^ flip;
    const fits = to.every((code) => code - zeroPoint >= -128 && code - zeroPoint <= 127);
    if (fits) for (let i = 0; i < to.length; i++) to[i]! -= zeroPoint;
    return fits;
  },

  selectRuns(from, run, size, places, to) {
    let at = 0;
    for (let group = 0; group < from.length; group += size * run) {
      for (const place of places) {
        const begin = group + place * run;
        to.set(from.subarray(begin, begin + run), at);
        at += run;
      }
    }
  },

  zeroRuns(codes, run) {
    const runs = Array.from({ length: codes.length / run }, (_, i) => i);
    return runs.filter((i) => codes.subarray(i * run, (i + 1) * run).every((code) => code === 0));
  },
};
