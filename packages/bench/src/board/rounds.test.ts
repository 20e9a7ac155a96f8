import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { type Answer, parseWatched } from './answers.js';
import { usageOf } from './figures.js';
import { Journal } from './journal.js';
import { type Entry, measureRounds, wasSteady } from './rounds.js';
import { parseWindows } from './soak.js';

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-rounds-'));

const facts = { version: null, loadNs: 1, firstNs: 1, peakRssBytes: 1, arenaBytes: 1, cpuNs: 1 };
const answer = (rounds: number[][]): Answer => ({ engine: 'weightfold-avx2', ...facts, rounds });

it('measures seconds of a model of a microsecond in few calls of the runner, and keeps a part of their samples', async () => {
  const journal = Journal.open<Entry>(dir, 'fast', false);
  const batches: number[] = [];
  const parts: number[] = [];
  const onPart = (part: number) => parts.push(part);
  const [entries] = await measureRounds(
    { subjects: 1, seed: 1, minSeconds: 3, onPart },
    journal,
    async (_, { rounds, samples, batch }) => {
      batches.push(batch);
      // What the clock adds to a run that is timed by itself.
      const ns = 1000 + 100 / batch;
      return {
        answer: answer(Array.from({ length: rounds }, () => new Array(samples).fill(ns))),
        span: null,
      };
    },
  );
  expect(batches.slice(0, 3)).toEqual([1, 5, 5]);
  expect(batches).toHaveLength(2 + 300 / 5);
  expect([parts.length, parts[29], parts.at(-1)]).toEqual([60, 0.5, 1]);
  const runs = entries!.reduce((all, one) => all + one.runs, 0);
  expect(runs * 1020).toBeGreaterThanOrEqual(3e9);
  expect(runs * 1020).toBeLessThan(3.1e9);
  expect(entries!.flatMap(({ answer }) => answer.rounds.flat()).length).toBeLessThanOrEqual(40_000);
  // What goes on after a stop reads them from the journal.
  const again = Journal.open<Entry>(dir, 'fast', false);
  expect(again.entries).toEqual(journal.entries);
});

const entry = (chunk: number, rounds: number[][], more: Partial<Entry> = {}): Entry => {
  return { subject: 0, chunk, answer: answer(rounds), batch: 1, runs: 1, ns: 1, span: null, ...more };
};
/** Five rounds that take so long, one chunk a line. */
const chunks = (...lines: number[][]) =>
  lines.map((ns, i) =>
    entry(
      i,
      ns.map((each) => [each, each]),
    ),
  );

it('knows by the samples whether processes were still changing their speed', () => {
  expect(wasSteady(chunks([100, 101, 100, 100, 101], [100, 100, 99, 101, 100]))).toBe(true);
  expect(wasSteady(chunks([130, 120, 110, 104, 100], [131, 122, 111, 105, 101]))).toBe(false);
  expect(wasSteady(chunks([100, 104, 110, 120, 130], [100, 104, 111, 121, 131]))).toBe(false);
  // One slow spell is not one of the engine's.
  expect(
    wasSteady(chunks([100, 100, 100, 300, 300], [100, 100, 100, 100, 100], [99, 100, 101, 100, 100])),
  ).toBe(true);
});

it('tells what a board’s CPUs did beside the engine, over all calls', () => {
  const span = { busy: 2, stolen: 0.5, seconds: 2.5 };
  const cpuNs = 1.5e9;
  const entries = [0, 1].map((chunk) => entry(chunk, [[1]], { span, answer: { ...answer([[1]]), cpuNs } }));
  expect(usageOf([...entries, entry(2, [[1]])])).toEqual({ othersCpus: 0.2, stolen: 0.2 });
  expect(usageOf([entry(0, [[1]])])).toEqual({ othersCpus: null, stolen: null });
});

it('reads what CPUs did from what a watched command printed around its own output', () => {
  const before = '100.00 50.00\ncpu0 10 0 0 100 0 0 0 0\ncpu1 10 0 0 100 0 0 0 0\n';
  const after = '102.00 50.00\ncpu0 110 0 50 100 0 0 0 20\ncpu1 10 0 0 300 0 0 0 0\n';
  const text = `${before}==weightfold==\nits own\nlines\n==weightfold==\n${after}`;
  const output = 'its own\nlines\n';
  expect(parseWatched(text, [0])).toEqual({ output, span: { busy: 1.5, stolen: 0.2, seconds: 2 } });
  expect(parseWatched(text, [0, 1]).span!.busy).toBe(1.5);
  expect(parseWatched(text, [7])).toEqual({ output, span: null });
  expect(parseWatched('==weightfold==\nx\n==weightfold==\n', [0])).toEqual({ output: 'x\n', span: null });
});

it('reads the windows of a soak, with what was looked at after each', () => {
  const line = (endNs: number, kept: number[]) =>
    JSON.stringify({ endNs, samples: 2000, maxNs: 90_000, rssBytes: 4096, kept });
  const [frequency, heat] = [
    '/sys/devices/system/cpu/cpu2/cpufreq/scaling_cur_freq',
    '/sys/class/thermal/thermal_zone0/temp',
  ];
  const text = `${line(1e9, [8000, 10_000, 12_000])}\n${frequency}:1800000\n${heat}:61000\n${line(2e9, [10_000])}\n${heat}:62500\n`;
  const windows = parseWindows(text, 4, [2], 'pi');
  expect(windows).toMatchObject([
    {
      seconds: 1,
      runs: 8000,
      medianUs: 2.5,
      maxUs: 22.5,
      frequencyMHz: 1800,
      temperatureC: 61,
      rssBytes: 4096,
    },
    { seconds: 2, frequencyMHz: null, temperatureC: 62.5 },
  ]);
  for (const wrong of ['', 'no such file', '{"endNs": 1}'])
    expect(() => parseWindows(wrong, 4, [2], 'pi')).toThrow(/pi: expected the runner's windows/);
});

it('cuts off a line that a killed process left half, and says what to do about one that is damaged', () => {
  const open = (fresh = false) => Journal.open<number>(dir, 'damaged', fresh);
  open().add(1);
  open().add(2);
  const [file] = fs
    .readdirSync(dir)
    .filter((name) => fs.readFileSync(path.join(dir, name), 'utf8') === '1\n2\n');
  fs.appendFileSync(path.join(dir, file!), '[3');
  expect(open().entries).toEqual([1, 2]);
  fs.writeFileSync(path.join(dir, file!), '1\n\0\0\n3\n');
  expect(() => open()).toThrow(
    expect.objectContaining({ code: 'BAD_JOURNAL', hint: expect.stringContaining('--fresh') }),
  );
  expect(open(true).entries).toEqual([]);
});
