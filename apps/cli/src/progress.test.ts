import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect } from 'vitest';
import { itOnData, launcher, scratch, sharedModel } from '../test/launch.js';

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
