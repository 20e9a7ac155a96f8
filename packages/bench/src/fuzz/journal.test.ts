import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Journal } from './journal.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-journal-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));
const file = path.join(folder, 'deeper', 'journal.jsonl');

/** Asks for a part, and says whether it had to be made. */
async function asked(journal: Journal, part: string, made: object | string) {
  let making = false;
  const report = await journal.report(part, async () => {
    making = true;
    return made;
  });
  return { report, making };
}

it('goes on where a run was ended, and makes again what was not written down', async () => {
  const first = new Journal(file, 'run 1', false);
  expect(await asked(first, 'a', { cases: 3 })).toEqual({ report: { cases: 3 }, making: true });
  expect(await asked(first, 'b', 'a fault')).toEqual({ report: 'a fault', making: true });
  await asked(first, 'c', { cases: 5 });
  // As if the process was killed while it wrote.
  fs.truncateSync(file, fs.statSync(file).size - 4);

  const second = new Journal(file, 'run 1', true);
  expect(await asked(second, 'a', { cases: 9 })).toEqual({ report: { cases: 3 }, making: false });
  expect(await asked(second, 'b', { cases: 9 })).toEqual({ report: { cases: 9 }, making: true });
  expect(await asked(second, 'c', { cases: 6 })).toEqual({ report: { cases: 6 }, making: true });

  const third = new Journal(file, 'run 1', true);
  expect(await asked(third, 'c', { cases: 7 })).toEqual({ report: { cases: 6 }, making: false });
});

it('refuses to resume another run, and begins anew when it is not asked to resume', async () => {
  await asked(new Journal(file, 'run 1', false), 'a', { cases: 1 });
  expect(() => new Journal(file, 'run 2', true)).toThrow(/is of another run/);
  const anew = new Journal(file, 'run 2', false);
  expect(await asked(anew, 'a', { cases: 2 })).toEqual({ report: { cases: 2 }, making: true });
});
