import { sha256Hex } from '@weightfold/base';
import { distrust } from '../context/distrust.js';
import { contextBetween, type Reading } from '../context/local.js';
import { BenchError } from '../errors.js';
import { completed, type Measured } from '../measure/bench-models.js';
import { sum } from '../measure/sampling.js';
import type { BenchContext, BenchResult } from '../measure/schema.js';
import { latencyOf } from '../measure/summarize.js';
import type { BoardOptions } from './bench-board.js';
import { type Connection, quoted } from './connection.js';
import { type Deployed, deploy } from './deploy.js';
import type { BoardJob, PlacedJob } from './jobs.js';
import { Journal } from './journal.js';
import type { BoardLock } from './lock.js';
import { type Board, probe } from './probe.js';
import { type Entry, entryFormat, measureRounds, parseAnswer, type RunnerAnswer } from './rounds.js';

type Outputs = NonNullable<BenchResult['board']>['outputs'];

/** A locked board, and a runner for it. */
export class BoardSession {
  constructor(
    private readonly connection: Connection,
    private readonly lock: BoardLock,
    private readonly folder: string,
    private readonly board: Board,
    private readonly runner: Uint8Array,
    private readonly options: BoardOptions,
  ) {}

  /** Sends the jobs, compares their outputs, and measures them unless the board is emulated. */
  async measure(jobs: readonly BoardJob[]): Promise<BenchResult> {
    const { pin = null, threads = 1, onProgress = () => {} } = this.options;
    const { runner, placed } = await this.send(jobs);
    const outputs = await this.compareOutputs(runner, placed);
    const before = await this.read();
    const { emulated } = contextBetween(before, before, this.circumstances);
    if (emulated) onProgress(`${this.connection.host} is emulated: its times are refused`);
    const measured = emulated
      ? this.refuse(placed, emulated)
      : this.figures(placed, await this.measureJobs(runner, placed));
    const context = contextBetween(before, await this.read(), this.circumstances);
    const document = { ...measured, absent: [], context, board: this.describe(runner, outputs) };
    return completed(this.options, document, distrust(context, pin?.length ?? threads));
  }

  private get circumstances(): { pinned: number[] | null; arch: string; own: null } {
    // Nothing of ours runs there while it is looked at. (0 would be the parent of init, and so everybody's.)
    return { pinned: this.options.pin ?? null, arch: this.board.arch, own: null };
  }

  private async read(): Promise<Reading> {
    return (await probe(this.connection)).reading;
  }

  private async send(jobs: readonly BoardJob[]): Promise<{ runner: Deployed; placed: PlacedJob[] }> {
    const files = [
      { bytes: this.runner, executable: true },
      ...jobs.flatMap(({ plan, input }) => [{ bytes: plan }, { bytes: input }]),
    ];
    const folder = `${this.folder}/files`;
    const places = await deploy(this.connection, folder, files, this.options.onProgress ?? (() => {}));
    const placed = jobs.map((job, i) => ({
      ...job,
      at: { plan: places[1 + 2 * i]!, input: places[2 + 2 * i]! },
    }));
    return { runner: places[0]!, placed };
  }

  private command(runner: Deployed, verb: string, { at }: PlacedJob, more: string): string {
    const { pin, threads = 1 } = this.options;
    const words = [
      quoted(runner.path),
      verb,
      '--plan',
      quoted(at.plan.path),
      '--input',
      quoted(at.input.path),
      `--threads ${threads}`,
    ];
    return `${this.lock.touch}${pin ? `taskset -c ${pin.join(',')} ` : ''}${words.join(' ')} ${more}`;
  }

  /** Runs every job once. @throws BenchError when the board's outputs are not this machine's */
  private async compareOutputs(runner: Deployed, jobs: readonly PlacedJob[]): Promise<Outputs> {
    const compared: Outputs = [];
    for (const job of jobs) {
      const command = this.command(runner, 'run', job, '');
      const sha256 = sha256Hex(await this.connection.bytes(command, `running ${job.model}`));
      if (sha256 !== job.outputs) {
        throw new BenchError(`${job.model}: the board's outputs are not this machine's`, {
          code: 'OUTPUTS_DIFFER',
          where: `${this.connection.host}, ${job.model}`,
          expected: `outputs with sha256 ${job.outputs}`,
          received: sha256,
          hint: 'Kernels must agree bit for bit: this is a defect of weightfold, or of the board.',
        });
      }
      compared.push({ model: job.model, sha256, equal: true });
    }
    return compared;
  }

  private async measureJobs(runner: Deployed, jobs: readonly PlacedJob[]): Promise<Entry[][]> {
    const {
      host,
      threads = 1,
      runs,
      minSeconds,
      seed = 1,
      pin,
      stateDir = '.weightfold/boards',
      fresh = false,
    } = this.options;
    const files = jobs.map(({ at }) => [at.plan.sha256, at.input.sha256]);
    const plan = { jobs: jobs.length, runs, minSeconds, seed };
    const identity = { entries: entryFormat, host, runner: runner.sha256, files, threads, pin, ...plan };
    const journal = Journal.open<Entry>(stateDir, identity, fresh);
    const onProgress = this.options.onProgress ?? (() => {});
    if (journal.entries.length > 0)
      onProgress(`going on after ${journal.entries.length} measurements in the journal`);
    const onPart = (part: number) => this.options.onRound?.(host, part);
    const entries = await measureRounds({ ...plan, onPart }, journal, async (job, rounds, count, warmMs) => {
      const flags = `--rounds ${rounds} --runs ${count} --warm-ms ${warmMs}`;
      return this.runOrSendAgain(runner, jobs[job]!, flags);
    });
    journal.remove();
    return entries;
  }

  /** A board that has restarted may have lost the files: /tmp, a memory disk. They are sent once more then. */
  private async runOrSendAgain(runner: Deployed, job: PlacedJob, flags: string): Promise<RunnerAnswer> {
    const { host } = this.connection;
    const command = this.command(runner, 'bench', job, flags);
    const { code, stdout } = await this.connection.run(command);
    if (code === 0) return parseAnswer(stdout.toString(), host);
    await this.send([job]);
    return parseAnswer(await this.connection.output(command, `measuring ${job.model}`), host);
  }

  private refuse(jobs: readonly PlacedJob[], emulated: BenchContext['emulated']): Measured {
    const reason = `emulated, so its times are refused: ${emulated}`;
    const refused = jobs.map(({ model }) => ({ model, engine: 'weightfold', reason }));
    return { results: [], ratios: [], samples: [], refused, soak: [] };
  }

  private figures(jobs: readonly PlacedJob[], entries: Entry[][]): Measured {
    const roundsOf = (job: number) => entries[job]!.flatMap(({ answer }) => answer.rounds);
    const results = jobs.map(({ model, tfliteBytes, wfzBytes }, i) => {
      const first = entries[i]![0]!.answer;
      return {
        model,
        engine: `weightfold-${first.isa}`,
        version: null,
        threads: this.options.threads ?? 1,
        loadMs: first.loadNs / 1e6,
        firstUs: first.firstNs / 1e3,
        peakRssBytes: first.peakRssBytes,
        arenaBytes: first.arenaBytes,
        fileBytes: tfliteBytes,
        wfzBytes,
        ...latencyOf({ rounds: roundsOf(i), runs: sum(entries[i]!.map(({ runs }) => runs)), steady: true }),
      };
    });
    const samples = results.map(({ model, engine }, i) => ({
      model,
      engine,
      rounds: roundsOf(i),
    }));
    return { results, samples, ratios: [], refused: [], soak: [] };
  }

  private describe(runner: Deployed, outputs: Outputs): NonNullable<BenchResult['board']> {
    const { host, reconnects } = this.connection;
    const { arch, node, libc } = this.board;
    return { host, arch, node, libc, runner: runner.sha256, reconnects, outputs };
  }
}
