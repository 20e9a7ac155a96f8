import { expect, it } from 'vitest';
import { checkAssertions, checkEngines, measuredText, parseAssertion } from './assertions.js';
import type { BenchResult } from './schema.js';

const result = {
  results: [
    {
      model: 'a',
      engine: 'weightfold-avx2',
      p95Us: 11_900,
      medianUs: 10_000,
      loadMs: 3,
      peakRssBytes: 2 ** 20,
    },
    { model: 'a', engine: 'litert', p95Us: 20_000, medianUs: 15_000, loadMs: 1, peakRssBytes: null },
  ],
  ratios: [{ model: 'a', engine: 'weightfold-avx2', versus: 'litert', ratio: 1.5 }],
} as BenchResult;

const holds = (text: string) => checkAssertions([parseAssertion(text)], result).map(({ ok }) => ok);

it('compares figures of our runtime with values in their units', () => {
  expect(holds('p95<12ms')).toEqual([true]);
  expect(holds('p95 < 11900us')).toEqual([false]);
  expect(holds('p95<=11.9ms')).toEqual([true]);
  expect(holds('median>0.01s')).toEqual([false]);
  expect(holds('median>=10000µs')).toEqual([true]);
  expect(holds('load<=3ms')).toEqual([true]);
  expect(holds('rss<=1MiB')).toEqual([true]);
  expect(holds('rss<1048kB')).toEqual([false]);
});

it('tells what was measured in units', () => {
  const told = ['p95<12ms', 'rss<=1MiB', 'ratio>1.4', 'litert:rss<1MB'].map((text) =>
    checkAssertions([parseAssertion(text)], result).map(measuredText),
  );
  expect(told).toEqual([['11,900 µs'], ['1,048,576 B'], ['1.5'], ['nothing measured']]);
});

it('looks at rivals and ratios when asked', () => {
  expect(holds('litert:median<15.1ms')).toEqual([true]);
  expect(holds('ratio>1.4')).toEqual([true]);
  expect(holds('litert:ratio>=1.6x')).toEqual([false]);
});

it('takes nothing measured for a requirement that was missed', () => {
  const checked = ['litert:rss<1GB'.replace('GB', 'MB'), 'tflm:median<1s', 'tflm:ratio>1'];
  for (const text of checked) {
    expect(checkAssertions([parseAssertion(text)], result)).toMatchObject([{ value: null, ok: false }]);
  }
});

it.each([
  ['p95', /expected one of min, p5, median/],
  ['p96<1ms', /expected one of min, p5, median/],
  ['p95<12', /expected a number and one of ns, us, µs, ms, s but received p95<12$/],
  ['p95<12MB', /one of ns, us/],
  ['rss<=40ms', /one of B, kB, MB, KiB, MiB/],
  ['p95=12ms', /then <, <=, > or >=/],
])('refuses %s, naming what it expects', (text, message) => {
  expect(() => parseAssertion(text)).toThrow(message);
});

it('refuses, before anything is measured, what is about an engine that will not be', () => {
  const check = (text: string, against: string[]) => () => checkEngines([parseAssertion(text)], against);
  for (const text of ['p95<1ms', 'weightfold-avx2:p95<1ms', 'litert:p95<1ms', 'litert:ratio>1', 'ratio>1'])
    expect(check(text, ['litert'])).not.toThrow();
  for (const text of ['litrt:p95<1ms', 'litrt:ratio>1', 'weightfold-avx2:ratio>1'])
    expect(check(text, ['litert'])).toThrow(/expected one about our runtime, litert but received/);
  expect(check('ratio>1', [])).toThrow(/for none is measured/);
});
