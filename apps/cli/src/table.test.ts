import { expect, it } from 'vitest';
import { itOnData, sharedModel, weightfold } from '../test/launch.js';
import { decimal, keyValues, micros, textTable } from './table.js';

it('cuts names at their start until the table fits a page, and nothing else', () => {
  const name = `${'a/'.repeat(30)}end`;
  const table = textTable(
    [{ head: 'name', cut: true }, { head: 'what' }, { head: 'n', align: 'right' }],
    [
      [name, 'x'.repeat(70), 7],
      ['short', null, 12],
    ],
  );
  const lines = table.split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBe(110);
  expect(lines[1]).toMatch(/^…[a/]+end {2}x{70} {3}7$/);
  expect(lines[2]).toMatch(/^short +– +12$/);
});

it('prints a dash for a figure that is not finite', () => {
  expect([micros(0.1399), micros(9.96), micros(1234.56), micros(null)]).toEqual([
    '0.14',
    '9.96',
    '1234.6',
    null,
  ]);
  expect([decimal(1.25, 1), decimal(Number.POSITIVE_INFINITY, 1), decimal(null, 1)]).toEqual([
    '1.3',
    null,
    null,
  ]);
});

it('breaks long values between words', () => {
  const text = keyValues(
    [
      ['ops', Array(30).fill('4× CONV_2D').join(', ')],
      ['bytes', '7'],
    ],
    6,
  );
  const lines = text.split('\n');
  expect(lines.length).toBe(5);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(110);
  expect(lines[1]).toMatch(/^ {8}\S/);
});

itOnData.each(['mlperf_vww01_mbv1_int8', 'mcunetv2_large_int8', 'mww_okay_nabu_v2', 'tflm_mnist_lstm_int8'])(
  'inspect -v of %s fits a page',
  (name) => {
    const { stdout } = weightfold(['inspect', sharedModel(name), '-v'], { cwd: '/' });
    const lines = stdout.split('\n').filter((line) => !line.startsWith('model '));
    expect(lines.length).toBeGreaterThan(20);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(110);
  },
);
