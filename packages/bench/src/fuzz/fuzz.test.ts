import { compress } from '@weightfold/compressor';
import { bytesOf, modelFile, needing } from '@weightfold/test-support';
import { expect, it } from 'vitest';
import { containerCase, judgeContainer } from './container-case.js';
import { judgeCase } from './judge-case.js';
import { exhaustiveCase, exhaustiveCount, randomCase } from './mutations.js';

// A slice of what `npm run bench:fuzz` does: 252,954 cases without a fault when this was written.
const models = ['tflm_hello_world_int8', 'tflm_mnist_lstm_int8', 'mww_vad_v2'];

it.each(models)('%s: hostile copies are read, inspected, lowered and written, or refused', (name) => {
  if (needing('data').skip) return;
  const original = bytesOf(modelFile(`${name}.tflite`));
  const outcomes = new Set<string>();
  const step = Math.ceil(exhaustiveCount(original) / 400);
  const cases = [
    ...Array.from({ length: 400 }, (_, i) =>
      exhaustiveCase(original, (i * step) % exhaustiveCount(original), 5),
    ),
    ...Array.from({ length: 600 }, (_, i) => randomCase(original, i, 5)),
  ];
  for (const { bytes, what } of cases) {
    const { outcome, fault } = judgeCase(bytes);
    expect(fault, what).toBeNull();
    outcomes.add(outcome);
  }
  expect([...outcomes]).toEqual(expect.arrayContaining(['read', 'BAD_TFLITE']));
});

it('makes the same case of the same seed, and another of another', () => {
  const original = Uint8Array.from({ length: 5000 }, (_, i) => i % 251);
  for (let i = 0; i < 20; i++) expect(randomCase(original, i, 1)).toEqual(randomCase(original, i, 1));
  const differ = Array.from(
    { length: 20 },
    (_, i) => randomCase(original, i, 1).what !== randomCase(original, i, 2).what,
  );
  expect(differ.filter(Boolean).length).toBeGreaterThan(15);
  const bytes = [0, 1, 2].map((i) => exhaustiveCase(original, 3 * 100 + i, 1).bytes[100]);
  expect(bytes.slice(0, 2)).toEqual([0x00, 0xff]);
  expect([1, 2, 4, 8, 16, 32, 64, 128]).toContain(bytes[2]! ^ original[100]!);
});

it.each(['fast', 'default', 'max'] as const)(
  '%s: damaged containers with right checksums are refused or restored',
  (level) => {
    if (needing('data').skip) return;
    const original = bytesOf(modelFile('tflm_hello_world_int8.tflite'));
    const { bytes: wfz } = compress(original, { level });
    const outcomes = new Set<string>();
    for (let i = 0; i < 300; i++) {
      const { bytes, what } = containerCase(wfz, i, 5);
      const { outcome, fault } = judgeContainer(bytes, original);
      expect(fault, what).toBeNull();
      outcomes.add(outcome);
    }
    expect([...outcomes]).toContain('DAMAGED');
  },
);
