import { expect, it } from 'vitest';
import { wholeNumber } from './command.js';

it('takes whole numbers from 1 on, and names the option that has another text', () => {
  expect(wholeNumber('count', '1e6')).toBe(1_000_000);
  for (const text of ['0', '-1', '1.5', 'many', '', 'Infinity'])
    expect(() => wholeNumber('count', text), text).toThrow(
      `--count: expected a whole number, at least 1, but received ${text}`,
    );
});
