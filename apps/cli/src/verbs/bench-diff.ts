import { ExitCode, UsageError } from '@weightfold/base';
import type { Comparison } from '@weightfold/bench/compare';
import type { Result } from '../session.js';
import { decimal, micros, textTable } from '../table.js';

/** `bench diff OLD.json NEW.json`. */
export async function benchDiff(files: string[], { exitCode }: { exitCode?: boolean }): Promise<Result> {
  const [old, now, ...more] = files;
  if (old === undefined || now === undefined || more.length > 0) {
    throw new UsageError(`bench diff: expected two files but received ${files.length}`, {
      where: 'bench diff',
      expected: 'OLD.json NEW.json, as bench --json writes them',
      received: files.join(' '),
    });
  }
  const { compareBenches, readBench } = await import('@weightfold/bench/compare');
  const comparison = compareBenches(readBench(old), readBench(now));
  return {
    document: { ...comparison },
    text: diffText(comparison),
    exitCode: exitCode ? exitCodeOf(comparison) : ExitCode.ok,
  };
}

/** Something slower is a missed requirement, or, where no such row can be trusted, neither that nor all well. */
function exitCodeOf({ changes }: Comparison): number {
  const slower = changes.filter(({ verdict }) => verdict === 'slower');
  if (slower.some(({ trusted }) => trusted)) return ExitCode.requirement;
  return slower.length > 0 ? ExitCode.untrusted : ExitCode.ok;
}

function diffText({ changes, only, differences }: Comparison): string {
  const numbers = ['old median µs', 'new median µs', 'times as fast', '99 % interval'];
  const heads = ['model', 'engine', ...numbers, 'now'];
  const table = textTable(
    heads.map((head) => ({ head, align: numbers.includes(head) ? ('right' as const) : ('left' as const) })),
    changes.map(({ model, engine, oldUs, newUs, ratio, ci99: [low, high], verdict, trusted }) => [
      model,
      engine,
      micros(oldUs),
      micros(newUs),
      decimal(ratio, 3),
      `${low.toFixed(3)} – ${high.toFixed(3)}`,
      `${verdict}${trusted ? '' : '*'}`,
    ]),
  );
  const alone = only.map((entry) => `Only in the ${entry.in} one: ${entry.model} with ${entry.engine}`);
  const unlike = differences.map((difference) => `Not measured alike: ${difference}`);
  return [table, caveat(changes), [...alone, ...unlike].join('\n')].filter(Boolean).join('\n\n');
}

/** What the stars mean, and why they are there. */
function caveat(changes: Comparison['changes']): string {
  const untrusted = changes.filter(({ trusted }) => !trusted);
  if (untrusted.length === 0) return '';
  const reasons = [...new Set(untrusted.flatMap((change) => change.reasons))].map((reason) => `- ${reason}`);
  return ['* Not to be trusted, and so no finding:', ...reasons].join('\n');
}
