import type { Model, OpProfile } from '@weightfold/runtime-native';
import { decimal, integer, percent, shortName, textTable } from './table.js';

/** How often a model runs for the times of its ops; each op's median is told. */
export const profileRuns = 100;

/** What --profile says wherever it is offered. */
export const profileHelp = `also tell what each op takes: the median of ${profileRuns} runs`;

export interface Profile {
  runs: number;
  threads: number;
  /** Sum of the ops' medians. */
  totalUs: number;
  /** In bytes: `arena` for activations, of which `live` are needed at once; kept `state`; `scratch` of all threads; `packed` weights. */
  memory: { arena: number; live: number; state: number; scratch: number; packed: number };
  ops: OpProfile[];
}

/** Times every op on what stands in the model's inputs. */
export function profileModel(model: Model): Profile {
  const ops = model.profile(profileRuns);
  const { arenaBytes: arena, liveBytes: live, stateBytes: state, scratchBytes: scratch } = model;
  const memory = { arena, live, state, scratch, packed: model.packedBytes };
  const totalUs = ops.reduce((sum, { us }) => sum + us, 0);
  return { runs: profileRuns, threads: model.threads, totalUs, memory, ops };
}

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
    `arena ${integer(arena)} bytes (${integer(live)} needed at once), state ${integer(state)}, scratch ${integer(scratch)}, ` +
      `packed weights ${integer(packed)}`,
  ].join('\n');
}
