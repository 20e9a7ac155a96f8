import { UsageError } from '@weightfold/base';
import type { BenchOptions } from './bench.js';

/** Options of `bench` as they are written, and the values that they have when not given. */
const flags: Record<keyof BenchOptions, [flag: string, absent?: unknown]> = {
  against: ['--against'],
  threads: ['--threads', 1],
  runs: ['--runs'],
  minSecs: ['--min-secs'],
  seed: ['--seed', 1],
  input: ['--input'],
  profile: ['--profile'],
  pin: ['--pin'],
  assert: ['--assert'],
  soak: ['--soak'],
  pack: ['--no-pack', true],
  strict: ['--strict'],
  exitCode: ['--exit-code'],
  host: ['--host'],
  boardDir: ['--board-dir'],
  fresh: ['--fresh'],
  csv: ['--csv'],
  md: ['--md'],
  html: ['--html'],
};

type Key = keyof BenchOptions;
type Rule = [applies: boolean, keys: readonly Key[], why: string, hint: string];

/** @throws UsageError naming an option that would do nothing beside the others */
export function checkCombination(diff: boolean, options: BenchOptions): void {
  const board = options.host !== undefined;
  const measuring = (Object.keys(flags) as Key[]).filter((key) => key !== 'exitCode');
  const rules: Rule[] = [
    [diff, measuring, 'cannot be given with bench diff', 'It compares what was measured before.'],
    [!diff, ['exitCode'], 'is for bench diff', 'A measurement has --assert.'],
    [!diff && !board, ['boardDir', 'fresh'], 'is for --host', 'Name a board.'],
  ];
  const given = (key: Key) => options[key] !== undefined && options[key] !== flags[key][1];
  for (const [applies, keys, why, hint] of rules) {
    const unfit = applies ? keys.find(given) : undefined;
    if (unfit === undefined) continue;
    const [flag] = flags[unfit];
    throw new UsageError(`${flag} ${why}`, { where: flag, hint });
  }
}
