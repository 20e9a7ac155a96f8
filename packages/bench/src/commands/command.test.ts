import { expect, it } from 'vitest';
import { positiveNumber, wholeNumber } from './command.js';

it('takes whole numbers from 1 on, and names the option that has another text', () => {
  expect(wholeNumber('count', '1e6')).toBe(1_000_000);
  for (const text of ['0', '-1', '1.5', 'many', '', 'Infinity'])
    expect(() => wholeNumber('count', text), text).toThrow(
      `--count: expected a whole number, at least 1, but received ${text}`,
    );
  expect(wholeNumber('seed', '0', 0)).toBe(0);
  for (const text of ['-1', ' ', 'NaN', '1e300'])
    expect(() => wholeNumber('seed', text, 0), text).toThrow(
      `--seed: expected a whole number, at least 0, but received ${text}`,
    );
});

it('takes numbers above 0, and names the option that has another text', () => {
  expect(positiveNumber('slowdown', '0.05')).toBe(0.05);
  for (const text of ['0', '-0.5', 'half', '', 'Infinity'])
    expect(() => positiveNumber('slowdown', text), text).toThrow(
      `--slowdown: expected a number above 0, but received ${text}`,
    );
});
