import { type BenchOptions, checkContenders } from '../measure/bench-models.js';
import type { BenchResult } from '../measure/schema.js';
import { Connection } from './connection.js';
import { boardFile } from './deploy.js';
import { boardJob } from './jobs.js';
import { BoardLock } from './lock.js';
import { probe } from './probe.js';
import { runnerArch, runnerFor } from './runner.js';
import { BoardSession } from './session.js';

export interface BoardOptions
  extends Pick<
    BenchOptions,
    | 'models'
    | 'against'
    | 'threads'
    | 'runs'
    | 'minSeconds'
    | 'seed'
    | 'input'
    | 'pin'
    | 'soakSeconds'
    | 'profile'
    | 'pack'
    | 'onProgress'
    | 'onSoak'
  > {
  /** Called now and then with the part of the measurement of all models that is done. */
  onRound?: (host: string, part: number) => void;
  /** user@board[:port], or a name of the ssh configuration. */
  host: string;
  /** Folder on the board, where ~ is the home folder there; ~/.cache/weightfold when not given. */
  boardDir?: string;
  /** Folder here for journals; .weightfold/boards when not given. */
  stateDir?: string;
  /** Forget what a run that was stopped has measured. */
  fresh?: boolean;
  /** How long to wait for a board that went away; 120 s when not given. */
  patienceSeconds?: number;
}

/**
 * Measures models on a board over ssh, with the native kernels and without Node there; rivals with the Python that it has. Its outputs must be this machine's, bit for bit.
 * What was measured is kept in a journal: a lost connection, a restart of the board or a killed process cost what was
 * under way, and the same call goes on. An emulated board runs everything, but its times are refused.
 * @throws BoardError when the board cannot be reached or used; BenchError when it gives other outputs
 */
export async function benchOnBoard(options: BoardOptions): Promise<BenchResult> {
  const { host, models, against = [], input, patienceSeconds = 120, onProgress = () => {} } = options;
  const connection = await Connection.open(host, patienceSeconds, onProgress);
  try {
    checkContenders(against);
    const { board } = await probe(connection);
    onProgress(
      `${host}: ${board.arch}${board.bits === null ? '' : ` (${board.bits} bits)`}, ${board.libc ?? 'no glibc'}, ${board.node ? `Node ${board.node}` : 'no Node'}`,
    );
    const arch = runnerArch(host, board);
    const jobs = models.map((file) => boardJob(file, input, arch, options.pack));
    const folder = (options.boardDir ?? '~/.cache/weightfold').replace(/^~(?=\/|$)/, () => board.home);
    const runner = boardFile(await runnerFor(arch, onProgress), true);
    const lock = await BoardLock.take(connection, folder);
    try {
      const session = new BoardSession(connection, lock, folder, board, runner, options);
      return await session.measure(jobs);
    } finally {
      await lock.release();
    }
  } finally {
    connection.close();
  }
}
