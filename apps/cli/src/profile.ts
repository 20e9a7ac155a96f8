import type { Profile } from '@weightfold/bench/profile';
import { decimal, integer, percent, shortName, textTable } from './table.js';

/** What --profile says wherever it is offered. */
export const profileHelp = 'also tell what each op takes: the median of 100 runs';

export function profileTable({ ops, totalUs, runs, threads, memory }: Profile): string {
  const right = (head: string) => ({ head, align: 'right' as const });
  const heads = [right('#'), { head: 'operator' }, { head: 'runs as' }, { head: 'kernel' }];
  const table = textTable(
    [...heads, { head: 'output', cut: true }, right('µs'), right('share'), right('MACs'), right('GMAC/s')],
    ops.map(({ source, operator, kind, kernel, output, us, share, macs }) => {
      const rate = macs > 0 && us > 0 ? decimal(macs / us / 1000, 1) : null;
      const name = shortName(output);
      return [source, operator, kind, kernel, name, decimal(us, 2), percent(share), integer(macs), rate];
    }),
  );
  const on = threads === 1 ? 'one thread' : `${threads} threads`;
  const { arena, live, state, scratch, packed } = memory;
  return [
    table,
    `${decimal(totalUs, 2)} µs in all ops on ${on}, medians of ${runs} runs`,
    zerosRemark(ops),
    `arena ${integer(arena)} bytes (${integer(live)} needed at once), state ${integer(state)}, scratch ${integer(scratch)}, ` +
      `packed weights ${integer(packed)}`,
  ].join('\n');
}

/** What zeros in the weights gain: the kernels that skip them are named so. */
function zerosRemark(ops: Profile['ops']): string {
  const products = ops.filter(({ macs }) => macs > 0);
  const skipping = products.filter(({ kernel }) => kernel.endsWith('-sparse'));
  return skipping.length === 0
    ? 'all ops run dense: zeros save size, not time'
    : `${skipping.length} of ${products.length} ops with weights skip blocks of zeros; in the others zeros save size, not time`;
}
