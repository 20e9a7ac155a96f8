import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { Journal } from './journal.js';
import { type Entry, measureRounds } from './rounds.js';

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-rounds-'));

it('measures seconds of a model of a microsecond in few calls of the runner, and keeps a part of their samples', async () => {
  const journal = Journal.open<Entry>(dir, 'fast', false);
  let calls = 0;
  const parts: number[] = [];
  const onPart = (part: number) => parts.push(part);
  const [entries] = await measureRounds(
    { jobs: 1, seed: 1, minSeconds: 3, onPart },
    journal,
    async (_, rounds, runs) => {
      calls++;
      const facts = { isa: 'avx2', loadNs: 1, firstNs: 1, peakRssBytes: 1 };
      const memory = { arenaBytes: 1, packedBytes: 1, scratchBytes: 1 };
      return {
        ...facts,
        ...memory,
        rounds: Array.from({ length: rounds }, () => new Array(runs).fill(1000)),
      };
    },
  );
  expect(calls).toBe(1 + 300 / 5);
  expect([parts.length, parts[29], parts.at(-1)]).toEqual([60, 0.5, 1]);
  expect(entries!.reduce((all, { runs }) => all + runs, 0)).toBe(3_000_000);
  expect(entries!.flatMap(({ answer }) => answer.rounds.flat()).length).toBeLessThanOrEqual(40_000);
  // What goes on after a stop reads them from the journal.
  const again = Journal.open<Entry>(dir, 'fast', false);
  expect(again.entries).toEqual(journal.entries);
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
