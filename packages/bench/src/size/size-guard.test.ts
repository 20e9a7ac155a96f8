import path from 'node:path';
import { sha256Hex } from '@weightfold/base';
import { compress, type Level } from '@weightfold/compressor';
import { bytesOf, data, needing, realModels } from '@weightfold/test-support';
import { describe, expect, it } from 'vitest';
import { recordedSizes, sizeLevels } from './size-rows.js';

/** Larger models are guarded at level default alone, so that all take about a minute of CPU. */
const smallModel = 60_000;

const cases = realModels.flatMap((file) => {
  const small = bytesOf(path.join(data, file)).length <= smallModel;
  return (small ? sizeLevels : (['default'] as const)).map((level): [string, Level] => [file, level]);
});
const rows = recordedSizes();

/** A size may be below its row: record it with the change that made it so. */
function expectNotAbove(model: string, level: Level, is: number, was: number): void {
  const grown = `${model}, level ${level}: ${was} bytes in packages/bench/baselines/size.csv, ${is} now`;
  const how = 'if that is intended: npm run build && npm run bench:size -- MODELS_FOLDERS --record';
  expect(is, `${grown}; ${how}`).toBeLessThanOrEqual(was);
}

describe.runIf(!needing('data').skip)('no model is packed larger than recorded', () => {
  it.each(cases)('%s, level %s', (file, level) => {
    const model = path.basename(file, '.tflite');
    const original = bytesOf(path.join(data, file));
    const row = rows.find((candidate) => candidate.model === model && candidate.level === level);
    expect(row, `${model}, level ${level}: a row in size.csv (npm run bench:size)`).toBeDefined();
    expect(row!.sha256, `${model}: the content that was recorded`).toBe(sha256Hex(original));
    expectNotAbove(model, level, compress(original, { level }).bytes.length, Number(row!.bytes));
  });
});
