import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '@weightfold/base';
import { parseConfig, type RunConfig } from '@weightfold/optimizer';
import { sweep } from './sweep.js';

const folder = fileURLToPath(new URL('../schedules', import.meta.url));

/** Names of the schedules of packages/bench/schedules. */
export const scheduleNames = (): string[] =>
  fs.readdirSync(folder).map((file) => path.basename(file, '.json'));

/**
 * A schedule as a configuration, swept where it has points.
 * @throws UsageError for a name that is none
 */
export function readSchedule(name: string, seed: number): RunConfig {
  const expected = scheduleNames();
  if (!expected.includes(name)) {
    const known = expected.join(', ');
    throw new UsageError(`expected one of ${known} but received ${name || 'nothing'}`, {
      expected: known,
      received: name,
    });
  }
  const { points, ...given } = JSON.parse(fs.readFileSync(path.join(folder, `${name}.json`), 'utf8'));
  const config = parseConfig({ ...given, seed });
  return points ? sweep(config, points) : config;
}
