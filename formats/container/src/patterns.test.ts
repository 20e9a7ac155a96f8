import { expect, it } from 'vitest';
import { fitPattern, forEachGroup, knownPatterns, parsePattern, patternName } from './patterns.js';

it('names and reads patterns', () => {
  expect(knownPatterns.map(patternName)).toEqual(['2:4', '1x4', '4x1', '4x16', '16x1']);
  for (const pattern of knownPatterns) expect(parsePattern(patternName(pattern))).toEqual(pattern);
  expect(['4:4', '0:4', '2/4', 'x4', '2:4:6', '-1x4', ''].map(parsePattern)).toEqual(Array(7).fill(null));
});

it('cuts a matrix into groups and blocks that cover every place once, smaller at the edges', () => {
  const shapes: [string, number[][]][] = [
    [
      '2:4',
      [
        [0, 1, 2, 3],
        [4, 5],
        [6, 7, 8, 9],
        [10, 11],
        [12, 13, 14, 15],
        [16, 17],
      ],
    ],
    [
      '2x4',
      [
        [0, 1, 2, 3, 6, 7, 8, 9],
        [4, 5, 10, 11],
        [12, 13, 14, 15],
        [16, 17],
      ],
    ],
  ];
  for (const [name, expected] of shapes) {
    const found: number[][] = [];
    forEachGroup({ rows: 3, columns: 6 }, parsePattern(name)!, (places) => found.push([...places]));
    expect(found, name).toEqual(expected);
  }
  const kept: number[] = [];
  forEachGroup({ rows: 1, columns: 7 }, parsePattern('2:4')!, (_, n) => kept.push(n));
  expect(kept).toEqual([2, 2]); // of 4, and of the last 3: 1.5 rounded up
});

it('counts what follows a pattern', () => {
  const rows = ['1100 0011', '0000 1011', '0000 0000'].flatMap((row) => [...row.replace(' ', '')]);
  const isZero = rows.map((digit) => digit === '0');
  const matrix = { rows: 3, columns: 8 };
  expect(fitPattern(isZero, matrix, parsePattern('2:4')!)).toEqual({
    groups: 6,
    fitting: 5,
    zeros: 17,
    zerosInside: 16,
  });
  expect(fitPattern(isZero, matrix, parsePattern('1x4')!)).toEqual({
    groups: 6,
    fitting: 3,
    zeros: 17,
    zerosInside: 12,
  });
  expect(fitPattern(isZero, matrix, parsePattern('3x2')!)).toEqual({
    groups: 4,
    fitting: 1,
    zeros: 17,
    zerosInside: 6,
  });
});
