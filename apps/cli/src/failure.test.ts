import fs from 'node:fs';
import { expect, it } from 'vitest';
import { toFailure } from './failure.js';

it.skipIf(!fs.existsSync('/dev/full'))('says what to do about a full disk, whoever writes', () => {
  let thrown: unknown;
  try {
    fs.appendFileSync('/dev/full', 'x');
  } catch (error) {
    thrown = error;
  }
  expect(toFailure(thrown, 'optimize')).toMatchObject({
    code: 'ENOSPC',
    message: 'A file cannot be written: no space is left on the device',
    hint: expect.stringContaining('Free some space'),
    exitCode: 1,
  });
});

it('takes whatever was thrown', () => {
  for (const thrown of [null, undefined, 'so'])
    expect(toFailure(thrown, 'run')).toMatchObject({
      code: 'INTERNAL',
      message: String(thrown),
      exitCode: 1,
    });
});
