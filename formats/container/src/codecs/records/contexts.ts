/**
 * The vocabulary of record coding: what the symbols mean and which row of adaptive frequencies codes them (spec.md).
 */

/** Positions whose starts are remembered, and the largest distance at which they are asked for. */
export const ringPositions = 65536;
export const farthestStart = ringPositions - 64;
/** How far after its source a copy looks for the next literal. */
export const sightOfLiterals = 56;

export const leastCopy = 2;
export const repeats = 4;
/** Distances of the four repeats before the first copy. */
export const firstDistances: readonly number[] = [4, 8, 12, 16];

/** Operations. Those from `newTimed` on have the predicted length: up to the literal that followed their source. */
export const operation = {
  literal: 0,
  fresh: 1,
  repeat: 2,
  freshTimed: 6,
  repeatTimed: 7,
  count: 11,
} as const;

/** What started at a position. */
export const start = { none: 0, literal: 1, copy: 2 } as const;

const lengths = 15;
const lengthBits = 27;
const exponents = 33;
const farExponent = 38;
const shortTails = 39;
const highTails = 43;
export const rows = {
  farExponent,
  lowTail: 55,
  longExponent: 31,
  longTop: 32,
  /** Row of the exponent of a distance whose length is predicted, after those by length. */
  timedExponent: exponents + 4,
  count: 56 + 88 + 256 + 80 + 512,
};
const highFirst = 56;
const highSecond = highFirst + 88;
const lowFirst = highSecond + 256;
const lowSecond = lowFirst + 80;

/** @param state what was decoded last. @param started what started at the position that the latest distance points to */
export const operationRow = (state: number, started: number): number => 3 * state + started;
/** @param kind 0 new distance, 1 latest distance, 2 an older one */
export const lengthRow = (kind: number, position: number): number => lengths + 4 * kind + (position & 3);
export const lengthBitsRow = (bits: number): number => lengthBits + bits - 1;
export const exponentRow = (length: number): number => exponents + Math.min(3, length - leastCopy);
export const shortTailRow = (exponent: number): number => shortTails + exponent - 1;
export const highTailRow = (exponent: number): number => highTails + Math.min(exponent, 16) - 5;

/** Zero, control, digits and capitals, small letters, high, 255. */
export function byteClass(byte: number): number {
  if (byte === 0) return 0;
  if (byte < 32) return 1;
  if (byte < 96) return 2;
  if (byte < 128) return 3;
  return byte < 255 ? 4 : 5;
}

/** What is known before a literal. */
export interface LiteralPlace {
  position: number;
  /** The byte before. */
  before: number;
  /** The byte at the latest distance. */
  matched: number;
  /** Whether a copy came just before, so that the literal replaces the matched byte. */
  afterCopy: boolean;
}

/** First and second row of the high four bits. */
export function highRows({ position, before, matched, afterCopy }: LiteralPlace): [number, number] {
  const kind = afterCopy ? matched >> 4 : 16 + byteClass(before);
  return [highFirst + 22 * (position & 3) + kind, highSecond + before];
}

/** First and second row of the low four bits. */
export function lowRows(
  { position, before, matched, afterCopy }: LiteralPlace,
  high: number,
): [number, number] {
  const first = 5 * high + (before < 32 ? position & 3 : 4);
  const second = afterCopy && matched >> 4 === high ? 256 + matched : 16 * high + (before & 15);
  return [lowFirst + first, lowSecond + second];
}

/** State after a literal or copy: 0 literals, 1 one literal after a copy, 2 a new distance, 3 the latest, 4 an older one. */
export function stateAfter(state: number, op: number): number {
  if (op === operation.literal) return state >= 2 ? 1 : 0;
  if (op === operation.fresh || op === operation.freshTimed) return 2;
  return op === operation.repeat || op === operation.repeatTimed ? 3 : 4;
}

/** Class of initial frequencies (a line of priors.ts) of a row. */
export function priorOf(row: number): number {
  if (row < highFirst) return row;
  if (row < highSecond) return highFirst + ((row - highFirst) % 22);
  if (row < lowFirst) return highFirst + 16 + byteClass(row - highSecond);
  if (row < lowSecond) return highFirst + 22 + Math.floor((row - lowFirst) / 5);
  return highFirst + 22 + (((row - lowSecond) & 255) >> 4);
}
export const priorCount = highFirst + 22 + 16;
