import { noise } from '@weightfold/test-support';
import { expect, it } from 'vitest';
import { planArena } from './arena.js';
import type { Lifetime } from './lifetimes.js';

function randomBlocks(count: number, ops: number, seed: number): Lifetime[] {
  const random = noise(6 * count, seed);
  const word = (i: number) => random[i]! * 256 + random[i + 1]!;
  return Array.from({ length: count }, (_, i) => {
    const first = word(6 * i) % ops;
    const long = random[6 * i + 5]! % 4 === 0;
    const last = Math.min(ops - 1, first + (long ? word(6 * i + 2) % ops : 1));
    return { bytes: 1 + (word(6 * i + 4) % 300), first, last };
  });
}

function expectDisjoint(blocks: Lifetime[], { offsets, bytes }: ReturnType<typeof planArena>): void {
  blocks.forEach((a, i) => {
    expect(offsets[i]! % 16).toBe(0);
    expect(offsets[i]! + a.bytes).toBeLessThanOrEqual(bytes);
    for (let j = 0; j < i; j++) {
      const b = blocks[j]!;
      if (a.last < b.first || b.last < a.first) continue;
      const apart = offsets[i]! + a.bytes <= offsets[j]! || offsets[j]! + b.bytes <= offsets[i]!;
      expect(apart, `blocks ${i} and ${j}`).toBe(true);
    }
  });
}

/** Greedy in an order, told the plain way: try 0 and the end of every conflicting block, and take the lowest that is free. */
function plainGreedy(blocks: Lifetime[], order: number[]): number[] {
  const offsets: number[] = [];
  const placed: number[] = [];
  for (const i of order) {
    const { bytes, first, last } = blocks[i]!;
    const conflicts = placed.filter((j) => blocks[j]!.last >= first && blocks[j]!.first <= last);
    const end = (j: number) => Math.ceil((offsets[j]! + blocks[j]!.bytes) / 16) * 16;
    const free = [0, ...conflicts.map(end)].filter((at) =>
      conflicts.every((j) => at >= end(j) || at + bytes <= offsets[j]!),
    );
    offsets[i] = Math.min(...free);
    placed.push(i);
  }
  return offsets;
}

/** The best of 17 orders: by size, then always the block that ended on top in front. */
function plainPlan(blocks: Lifetime[], liveBytes: number): { offsets: number[]; bytes: number } {
  let order = blocks.map((_, i) => i);
  order.sort((a, b) => blocks[b]!.bytes - blocks[a]!.bytes || blocks[a]!.first - blocks[b]!.first || a - b);
  let best = { offsets: [] as number[], bytes: Number.POSITIVE_INFINITY };
  for (let i = 0; i <= 16 && best.bytes > liveBytes + 15; i++) {
    const offsets = plainGreedy(blocks, order);
    const ends = order.map((index) => offsets[index]! + blocks[index]!.bytes);
    const bytes = Math.max(...ends);
    if (Math.ceil(bytes / 16) < Math.ceil(best.bytes / 16)) best = { offsets, bytes };
    const top = order[ends.indexOf(bytes)]!;
    order = [top, ...order.filter((index) => index !== top)];
  }
  return best;
}

it.each([1, 2, 3, 4, 5, 6, 7, 8])('places blocks as the plain method does, seed %i', (seed) => {
  const blocks = randomBlocks(20 * seed, 7 * seed, seed);
  const plan = planArena(blocks);
  const alive = blocks.map(({ first }) =>
    blocks.reduce((sum, one) => sum + (one.first <= first && first <= one.last ? one.bytes : 0), 0),
  );
  expect(plan.liveBytes).toBe(Math.max(...alive));
  expect(plan.offsets).toEqual(plainPlan(blocks, plan.liveBytes).offsets);
  expectDisjoint(blocks, plan);
});

it.each([0, 50, 1000])('stacks blocks on top after %i steps, still without overlaps', (steps) => {
  const blocks = randomBlocks(150, 60, 11);
  const plan = planArena(blocks, steps);
  expectDisjoint(blocks, plan);
  expect(planArena(blocks, steps)).toEqual(plan);
});

it('plans 100,000 ops in a chain, and as many that all live to the end', () => {
  const chain = Array.from({ length: 100_000 }, (_, i) => ({ bytes: 1 + (i % 97), first: i, last: i + 1 }));
  expect(planArena(chain).bytes).toBe(112 + 96);
  const all = chain.map(({ bytes, first }) => ({ bytes, first, last: 100_000 }));
  const sum = all.reduce((total, { bytes }) => total + Math.ceil(bytes / 16) * 16, 0);
  expect(planArena(all).bytes).toBe(sum);
});

it('of nothing needs no memory', () =>
  expect(planArena([])).toEqual({ offsets: [], bytes: 0, liveBytes: 0 }));
