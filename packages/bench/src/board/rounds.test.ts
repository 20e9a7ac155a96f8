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
  const [entries] = await measureRounds(
    { jobs: 1, seed: 1, minSeconds: 3 },
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
  expect(entries!.reduce((all, { runs }) => all + runs, 0)).toBe(3_000_000);
  expect(entries!.flatMap(({ answer }) => answer.rounds.flat()).length).toBeLessThanOrEqual(40_000);
  // What goes on after a stop reads them from the journal.
  const again = Journal.open<Entry>(dir, 'fast', false);
  expect(again.entries).toEqual(journal.entries);
});
