import { describe, expect, it } from 'vitest';
import { choose } from './choice.js';
import { encodePacked } from './packed.js';
import type { Coded } from './scheme.js';
import { encodeForms, planForms } from './symbols.js';

const coded = (codec: Coded['codec'], length: number, time: number): Coded => ({
  codec,
  coded: new Uint8Array(length),
  time,
});

describe('choose', () => {
  const results = [coded('rans', 1000, 50), coded('bits', 1015, 5), coded('raw', 1100, 1)];

  it('takes what decodes fastest within the margin at level fast, the smallest at others', () => {
    expect(choose(results, 'fast').codec).toBe('bits');
    expect(choose(results, 'default').codec).toBe('rans');
    expect(choose(results, 'max').codec).toBe('rans');
  });

  it('takes what decodes faster of equal sizes at every level', () => {
    const equal = [coded('context', 90, 100), coded('rans', 90, 50), coded('palette', 90, 60)];
    for (const level of ['fast', 'default', 'max'] as const) expect(choose(equal, level).codec).toBe('rans');
  });
});

/** Numbers below 1 from a seed (xorshift32, Marsaglia 2003). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

const next = generator(88172645);
const tensor = {
  name: 'weights',
  shape: [8, 8, 8, 16],
  elementSize: 1,
  channelDimension: 0,
  center: 0,
} as unknown as Parameters<typeof encodeForms>[1];
const formOf = (symbols: Uint8Array) => ({
  symbols,
  largest: symbols.reduce((most, symbol) => Math.max(most, symbol), 0),
  center: 0,
  headBits: 0,
});
const fastest = (symbols: Uint8Array): string => {
  const results = encodeForms(planForms([formOf(symbols)], tensor, 'fast'), tensor, 'fast');
  return choose(results, 'fast').codec;
};

describe('packed codes', () => {
  it('serve what they code as small as rANS: equally frequent values, and weights of which half are zero', () => {
    expect(fastest(Uint8Array.from({ length: 8192 }, () => next() * 16))).toBe('bits');
    expect(fastest(Uint8Array.from({ length: 8192 }, () => (next() < 0.5 ? 0 : 128 + 30 * next())))).toBe(
      'bitmap',
    );
    expect(fastest(Uint8Array.from({ length: 8192 }, () => 4 * (next() + next() + next() + next())))).toBe(
      'rans',
    );
  });

  it('are given only below the size that is asked for', () => {
    const form = formOf(Uint8Array.from({ length: 8192 }, () => next() * 16));
    expect(encodePacked(form, 4000, false)).toEqual([]);
    expect(encodePacked(form, 4097, false).map(({ codec }) => codec)).toEqual(['bits']);
  });
});
