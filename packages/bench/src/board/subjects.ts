import { type Answer, parseAnswer } from './answers.js';
import { quoted } from './connection.js';
import type { BoardFile } from './deploy.js';
import type { BoardJob } from './jobs.js';

/** What one call of an engine is to do. */
export interface Request {
  rounds: number;
  /** Of a round, each of `batch` runs in a row. */
  samples: number;
  batch: number;
  warmMs: number;
  /** Nanoseconds of a run, once they are known. */
  ns: number | null;
}

/** An engine on a model, as a board measures it. */
export interface Subject {
  job: BoardJob;
  /** Our runtime, not a rival. */
  isOurs: boolean;
  /** Of what its figures depend on. */
  files: BoardFile[];
  /** A command line of a POSIX shell there. */
  command(request: Request): string;
  /** @throws BoardError when what it printed for that request is not what it should print */
  parse(text: string, request: Request): Answer;
}

/** How commands are run on a board. */
export interface Place {
  host: string;
  /** The folder there that weightfold has. */
  folder: string;
  threads: number;
  pin: number[] | null;
}

/** Where a deployed file is. */
export const pathOf = ({ folder }: Place, { sha256 }: BoardFile): string =>
  quoted(`${folder}/files/${sha256}`);

/** What keeps a command to the CPUs that it is pinned to. */
export const pinned = ({ pin }: Place): string => (pin ? `taskset -c ${pin.join(',')} ` : '');

/** A command line of weightfold-runner. */
export function runnerCommand(
  place: Place,
  runner: BoardFile,
  verb: string,
  { plan, input }: BoardJob,
): string {
  const files = `--plan ${pathOf(place, plan)} --input ${pathOf(place, input)}`;
  return `${pinned(place)}${pathOf(place, runner)} ${verb} ${files} --threads ${place.threads}`;
}

/** Our runtime on a model. */
export function ourSubject(place: Place, runner: BoardFile, job: BoardJob): Subject {
  return {
    job,
    isOurs: true,
    files: [runner, job.plan, job.input],
    command: ({ rounds, samples, batch, warmMs }) =>
      `${runnerCommand(place, runner, 'bench', job)} --rounds ${rounds} --runs ${samples} --batch ${batch} --warm-ms ${warmMs}`,
    parse: (text, { batch }) => parseAnswer(text, batch, place.host),
  };
}
