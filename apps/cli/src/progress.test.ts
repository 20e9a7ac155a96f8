import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { ProgressEvent } from '@weightfold/optimizer';
import { expect, it, vi } from 'vitest';
import { itOnData, launcher, scratch, sharedModel } from '../test/launch.js';
import { Progress } from './progress.js';
import { Session } from './session.js';

// Where there is no terminal, progress is plain lines: optimize.test.ts reads them.
itOnData('shows how far slow work is by a bar on a terminal, and takes it off before the result', () => {
  const dir = scratch();
  // A model whose packing takes some seconds.
  const model = sharedModel('tflm_person_detect_int8');
  const words = [
    process.execPath,
    launcher,
    'compress',
    model,
    '--level',
    'max',
    '-o',
    path.join(dir, 'x.wfz'),
  ];
  const command = words.map((word) => `'${word}'`).join(' ');
  // util-linux' script gives the command a terminal, and tells what it shows.
  const { status, stdout } = spawnSync('script', ['-qec', command, path.join(dir, 'log')], {
    encoding: 'utf8',
    timeout: 110_000,
  });
  expect(status).toBe(0);
  expect(stdout).toMatch(/bytes packed █*░+ \d+\/300568/);
  const result = stdout.slice(stdout.lastIndexOf('/300568') + 7);
  expect(stripVTControlCharacters(result).trim()).toMatch(/^.*\.tflite 300,568 bytes → .*ms$/);
  expect(result).toContain('\x1b[2K'); // the line of the bar is cleared
});

it('tells of a stage with a rate what its weights cost, and of a distilled loss that it is one', async () => {
  const session = new Session('optimize', {});
  const note = vi.spyOn(session, 'note').mockImplementation(() => {});
  const told = async (event: Partial<ProgressEvent>) => {
    (await Progress.create(session)).show({ type: 'step', stage: 'coded', step: 10, steps: 40, ...event });
    return note.mock.lastCall![0];
  };
  const rate = { lambda: 0.0154321, bitsPerWeight: 2.034 };
  expect(await told({ loss: 1.25 })).toBe('coded  10/40  loss 1.2500');
  expect(await told({ loss: 26.5, distilled: true, rate })).toBe(
    'coded  10/40  loss 26.5000 (distilled)  lambda 0.0154, 2.03 bits a weight',
  );
  expect(await told({ rate: { ...rate, bytes: 61_234, targetBytes: 60_000 } })).toBe(
    'coded  10/40  lambda 0.0154, 2.03 bits a weight, about 61,234 of 60,000 bytes',
  );
});
