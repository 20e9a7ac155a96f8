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
  const slower = comparison.changes.some(({ verdict }) => verdict === 'slower');
  return {
    document: { ...comparison },
    text: diffText(comparison),
    exitCode: exitCode && slower ? ExitCode.requirement : ExitCode.ok,
  };
}

function diffText({ changes, only, differences }: Comparison): string {
  const numbers = ['old median µs', 'new median µs', 'times as fast', '99 % interval'];
  const heads = ['model', 'engine', ...numbers, 'now', 'trusted'];
  const table = textTable(
    heads.map((head) => ({ head, align: numbers.includes(head) ? ('right' as const) : ('left' as const) })),
    changes.map(({ model, engine, oldUs, newUs, ratio, ci99: [low, high], verdict, trusted }) => [
      model,
      engine,
      micros(oldUs),
      micros(newUs),
      decimal(ratio, 3),
      `${low.toFixed(3)} – ${high.toFixed(3)}`,
      verdict,
      trusted ? 'yes' : 'no',
    ]),
  );
  const alone = only.map((entry) => `Only in the ${entry.in} one: ${entry.model} with ${entry.engine}`);
  const unlike = differences.map((difference) => `Not measured alike: ${difference}`);
  return [table, [...alone, ...unlike].join('\n')].filter(Boolean).join('\n\n');
}
