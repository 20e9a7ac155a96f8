import { opProfiles } from '@weightfold/runtime-native/plan';
import { z } from 'zod';
import { profileRuns } from '../measure/profile.js';
import type { BenchProfile } from '../measure/schema.js';
import { unexpected } from './answers.js';
import type { BoardJob } from './jobs.js';

const count = z.number().int().nonnegative();
const answerSchema = z.object({
  isa: z.string(),
  arenaBytes: count,
  packedBytes: count,
  scratchBytes: count,
  stateBytes: count,
  kernels: z.array(z.string()),
  runs: z.array(z.array(count)).min(1),
});

export const profileFlags = `--runs ${profileRuns}`;

/** What `weightfold-runner profile` prints of a job. @throws BoardError when the text is something else */
export function parseProfile(text: string, job: BoardJob, threads: number, host: string): BenchProfile {
  const { isa, kernels, runs, ...memory } = parsed(text, job, host);
  const ops = opProfiles(job.ops, kernels, runs);
  return {
    model: job.model,
    engine: `weightfold-${isa}`,
    runs: runs.length,
    threads,
    totalUs: ops.reduce((sum, { us }) => sum + us, 0),
    memory: {
      arena: memory.arenaBytes,
      live: job.liveBytes,
      state: memory.stateBytes,
      scratch: memory.scratchBytes,
      packed: memory.packedBytes,
    },
    ops,
  };
}

function parsed(text: string, { ops }: BoardJob, host: string): z.infer<typeof answerSchema> {
  try {
    const answer = answerSchema.parse(JSON.parse(text));
    if ([answer.kernels, ...answer.runs].every(({ length }) => length === ops.length)) return answer;
  } catch (cause) {
    throw unexpected(host, `the times of ${ops.length} ops`, text, cause);
  }
  throw unexpected(host, `the times of ${ops.length} ops`, text);
}
