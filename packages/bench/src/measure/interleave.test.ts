import { expect, it } from 'vitest';
import { timedModels } from './engines.js';
import { interleave, type Timed } from './interleave.js';
import { latencyOf, ratiosOf } from './summarize.js';

/** Engines that take as long as they are told, and write down who ran. */
function scripted(ns: number[]): { engines: Timed[]; order: number[] } {
  const order: number[] = [];
  const engines = ns.map((each, i) => ({
    time: async (samples: number) => {
      order.push(i);
      return new Array<number>(samples).fill(each);
    },
  }));
  return { engines, order };
}

const seedOrder = async (seed: number) => {
  const { engines, order } = scripted([1e6, 2e6, 3e6]);
  await interleave(engines, { seed, runs: 40 });
  return order.slice(-120);
};

it('gives every engine one turn a round, in a new order each time, the same for the same seed', async () => {
  const order = await seedOrder(5);
  const rounds = Array.from({ length: 40 }, (_, i) => order.slice(3 * i, 3 * i + 3));
  for (const round of rounds) expect([...round].sort()).toEqual([0, 1, 2]);
  expect(new Set(rounds.map((round) => round.join())).size).toBe(6);
  expect(await seedOrder(5)).toEqual(order);
  expect(await seedOrder(6)).not.toEqual(order);
});

it('makes as many runs as asked for, or as fill rounds of 10 ms, or until the seconds are measured', async () => {
  const runsOf = async (schedule: object) => {
    const samples = await interleave(scripted([1e6, 4e6]).engines, schedule);
    return samples.map(({ rounds }) => [rounds.length, rounds[0]!.length]);
  };
  expect(await runsOf({ runs: 400 })).toEqual([
    [40, 10],
    [40, 10],
  ]);
  expect(await runsOf({ runs: 1 })).toEqual([
    [10, 1],
    [10, 1],
  ]);
  expect(await runsOf({})).toEqual([
    [40, 10],
    [40, 3],
  ]);
  // A round holds 10 ms of the first and 12 ms of the second: after 100, both have their second.
  expect(await runsOf({ minSeconds: 1 })).toEqual([
    [100, 10],
    [100, 3],
  ]);
  // Both are kept to: 500 runs in 100 rounds would be shorter than the second that is asked for.
  expect(await runsOf({ runs: 500, minSeconds: 1 })).toEqual([
    [100, 10],
    [100, 5],
  ]);
});

it('makes rounds longer rather than ever more of them, and keeps a bounded number of samples', async () => {
  let made = 0;
  const fast: Timed = {
    time: async (samples) => {
      made += samples;
      return Array.from({ length: samples }, (_, i) => 9000 + 1000 * (i % 3));
    },
  };
  const [samples] = await interleave([fast], { minSeconds: 80 });
  expect(samples!.rounds.length).toBeLessThan(403); // 400, and one more where the warm-up measured a little too much
  expect(samples!.rounds.every((round) => round.length === 100)).toBe(true);
  expect(samples!.runs).toBe(samples!.rounds.length * 20_000);
  expect(made - samples!.runs).toBeLessThan(50_000); // of the warm-up
  expect(latencyOf(samples!)).toMatchObject({ minUs: 9, medianUs: 10, p95Us: 11, runsPerSample: 1 });
});

it('takes the mean of several runs where one is too short for a clock that counts in steps of 10 ns', async () => {
  const clockStep = 10;
  const lookNs = 3;
  let now = 0;
  const look = () => {
    now += lookNs;
    return Math.floor(now / clockStep) * clockStep;
  };
  const tiny: Timed = {
    time: async (samples, batch) =>
      Array.from({ length: samples }, () => {
        const start = look();
        now += batch * 23.7;
        return (look() - start) / batch;
      }),
  };
  const [samples] = await interleave([tiny], {});
  const { medianUs, ci95Us, runsPerSample, runs, trusted } = latencyOf(samples!);
  expect(trusted).toBe(true);
  expect(runsPerSample).toBeGreaterThan(100);
  expect(runs % (40 * runsPerSample)).toBe(0);
  expect(runs * 23.7).toBeGreaterThan(0.38e9); // 40 rounds of 10 ms
  for (const us of [medianUs, ...ci95Us]) expect(Math.abs(us / 0.0237 - 1)).toBeLessThan(0.01);
});

it('warms up until the speed no longer changes', async () => {
  let run = 0;
  const cold: Timed = {
    time: async (count) => Array.from({ length: count }, () => 1e6 + 1e6 * Math.exp(-run++ / 10)),
  };
  const [samples] = await interleave([cold], { runs: 40 });
  expect(samples!.steady).toBe(true);
  expect(samples!.rounds[0]![0]).toBeLessThan(1.2e6);
});

it('takes the next copy of a model in each turn, and does not count its first run', async () => {
  const invoked = [0, 0, 0];
  const engine = timedModels(invoked.map((_, i) => ({ invoke: () => void invoked[i]!++ })));
  for (const samples of [5, 7, 9]) expect(await engine.time(samples, 1)).toHaveLength(samples);
  expect(await engine.time(11, 4)).toHaveLength(11);
  expect(invoked).toEqual([6 + 1 + 11 * 4, 8, 10]);
});

it('summarizes samples, and distrusts a median that is not certain', () => {
  const rounds = Array.from({ length: 20 }, (_, round) => [1000 + round, 2000 + round, 3000 + round]);
  const sure = latencyOf({ rounds: rounds.map(() => [1000, 2000, 3000]), runs: 60, batch: 1, steady: true });
  expect(sure).toMatchObject({ runs: 60, minUs: 1, medianUs: 2, madUs: 1, ci95Us: [2, 2], trusted: true });
  const wild = latencyOf({
    rounds: rounds.map((round, i) => round.map((ns) => ns * (i % 2 ? 1 : 2))),
    runs: 60,
    batch: 1,
    steady: false,
  });
  expect(wild.trusted).toBe(false);
  expect(wild.reasons).toEqual([
    expect.stringContaining('still changing its speed'),
    expect.stringMatching(/95 % interval of its median is \d+ % wide: more runs/),
  ]);
});

it('tells how many times as fast the first is as each of the others', () => {
  const rounds = (ns: number) => Array.from({ length: 20 }, (_, i) => [ns * (1 + (i % 3))]);
  const engines = [
    ['ours', 100],
    ['same', 100],
    ['slow', 200],
  ].map(([name, ns]) => ({
    name: name as string,
    rounds: rounds(ns as number),
  }));
  expect(ratiosOf(engines)).toMatchObject([
    { engine: 'ours', versus: 'same', ratio: 1, verdict: 'not distinguishable' },
    { engine: 'ours', versus: 'slow', ratio: 2, verdict: 'faster' },
  ]);
});

it('ends when it is aborted, while engines are warmed up and between rounds', async () => {
  const turnsUntil = async (last: number) => {
    const stop = new AbortController();
    let turns = 0;
    const time = async (samples: number) => {
      if (++turns === last) stop.abort(new Error('enough'));
      return new Array<number>(samples).fill(1e6);
    };
    await expect(interleave([{ time }], { runs: 40, signal: stop.signal })).rejects.toThrow('enough');
    return turns;
  };
  expect(await turnsUntil(2)).toBe(2); // the second portion of the warm-up
  expect(await turnsUntil(20)).toBe(20); // steady since the seventh, and of 40 rounds
});
