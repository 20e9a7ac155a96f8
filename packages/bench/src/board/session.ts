import { sha256Hex } from '@weightfold/base';
import { distrust } from '../context/distrust.js';
import { contextBetween, type Reading } from '../context/local.js';
import { cpuNumbers } from '../context/machine.js';
import { BenchError } from '../errors.js';
import { completed, type Measured } from '../measure/bench-models.js';
import { refusal } from '../measure/refusal.js';
import type { BenchResult } from '../measure/schema.js';
import { parseWatched, type Span, watched } from './answers.js';
import type { BoardOptions } from './bench-board.js';
import type { Connection } from './connection.js';
import { type BoardFile, deploy } from './deploy.js';
import { type BoardMeasured, figures, usageOf } from './figures.js';
import type { BoardJob } from './jobs.js';
import { Journal } from './journal.js';
import type { BoardLock } from './lock.js';
import { type Board, probe } from './probe.js';
import { parseProfile, profileFlags } from './profile.js';
import { RivalRefusal, rivalSubject, rivalsOn } from './rivals.js';
import { type Entry, entryFormat, measureRounds } from './rounds.js';
import { soakOnBoard } from './soak.js';
import { ourSubject, type Place, type Request, runnerCommand, type Subject } from './subjects.js';

type Outputs = NonNullable<BenchResult['board']>['outputs'];
type Profiles = NonNullable<BenchResult['profiles']>;

/** A locked board, and a runner for it. */
export class BoardSession {
  private readonly place: Place;

  constructor(
    private readonly connection: Connection,
    private readonly lock: BoardLock,
    folder: string,
    private readonly board: Board,
    private readonly runner: BoardFile,
    private readonly options: BoardOptions,
  ) {
    const { threads = 1, pin = null } = options;
    this.place = { host: connection.host, folder, threads, pin };
  }

  /** Sends the jobs, compares their outputs, and measures them unless the board is emulated. */
  async measure(jobs: readonly BoardJob[]): Promise<BenchResult> {
    const ours = jobs.map((job) => ourSubject(this.place, this.runner, job));
    await this.send(ours);
    const outputs = await this.compareOutputs(ours);
    const before = await this.read();
    const { emulated } = contextBetween(before, before, this.circumstances);
    if (emulated) this.note(`${this.connection.host} is emulated: its times are refused`);
    const { models, against = [] } = this.options;
    const all: BoardMeasured = emulated
      ? refusal(models, against, emulated)
      : await this.measureAll(ours, before);
    const { usage, profiles, ...measured } = all;
    const context = { ...contextBetween(before, await this.read(), this.circumstances), ...usage };
    const { pin, threads } = this.place;
    const reasons = distrust(context, pin?.length ?? threads);
    const document = { ...measured, context, board: this.describe(outputs) };
    const result = completed(this.options, document, reasons);
    return profiles ? { ...result, profiles } : result;
  }

  private async measureAll(ours: readonly Subject[], before: Reading): Promise<BoardMeasured> {
    const { subjects, refused, absent } = await this.withRivals(ours, before);
    const entries = await this.measureSubjects(subjects, before);
    const soak = await this.soak(subjects, entries, before);
    const profiles = this.options.profile ? await this.profile(ours) : undefined;
    const usage = usageOf(entries.flat());
    return { ...figures(subjects, entries, this.place.threads), refused, absent, soak, profiles, usage };
  }

  private note(message: string): void {
    this.options.onProgress?.(message);
  }

  private get circumstances(): { pinned: number[] | null; arch: string; own: null } {
    // Nothing of ours runs there while it is looked at. (0 would be the parent of init, and so everybody's.)
    return { pinned: this.place.pin, arch: this.board.arch, own: null };
  }

  private async read(): Promise<Reading> {
    return (await probe(this.connection)).reading;
  }

  /** Returns how many files were not there. */
  private send(subjects: readonly Pick<Subject, 'files'>[]): Promise<number> {
    const files = subjects.flatMap((subject) => subject.files);
    return deploy(this.connection, `${this.place.folder}/files`, files, (message) => this.note(message));
  }

  /**
   * Does what needs a subject's files on the board. One that has restarted may have lost them (/tmp, a memory disk): where it fails and
   * they are gone, the lock is taken again if that is gone, too, they are sent once more, and it is done again.
   */
  private async withFiles<T>(subject: Subject, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if ((await this.send([subject])) === 0) throw error;
      await this.lock.ensure();
      return await work();
    }
  }

  /** Runs every model once. @throws BenchError when the board's outputs are not this machine's */
  private async compareOutputs(ours: readonly Subject[]): Promise<Outputs> {
    const compared: Outputs = [];
    for (const subject of ours) {
      const { job } = subject;
      const command = `${this.lock.touch}${runnerCommand(this.place, this.runner, 'run', job)}`;
      const run = () => this.connection.bytes(command, `running ${job.model}`);
      const sha256 = sha256Hex(await this.withFiles(subject, run));
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

  /** Adds the rivals that the board can run and that take the models, after each model's own. */
  private async withRivals(
    ours: readonly Subject[],
    reading: Reading,
  ): Promise<{ subjects: Subject[] } & Pick<BenchResult, 'refused' | 'absent'>> {
    const { engines, absent } = await rivalsOn(this.connection, this.place, this.options.against ?? []);
    for (const { engine, reason } of absent) this.note(`${engine} is absent: ${reason}`);
    const refused: BenchResult['refused'] = [];
    const subjects: Subject[] = [];
    for (const own of ours) {
      subjects.push(own);
      for (const engine of engines) {
        const rival = rivalSubject(this.place, engine, own.job);
        await this.send([rival]);
        try {
          await this.call(rival, { rounds: 1, samples: 1, batch: 1, warmMs: 0, ns: null }, reading);
          subjects.push(rival);
        } catch (error) {
          if (!(error instanceof RivalRefusal)) throw error;
          refused.push({ model: own.job.model, engine, reason: error.message });
          this.note(`${own.job.model}: left out ${engine}, which refuses it`);
        }
      }
    }
    return { subjects, refused, absent };
  }

  private async measureSubjects(subjects: readonly Subject[], reading: Reading): Promise<Entry[][]> {
    const { runs, minSeconds, seed = 1, stateDir = '.weightfold/boards', fresh = false } = this.options;
    const files = subjects.map((subject) => subject.files.map(({ sha256 }) => sha256));
    const plan = { subjects: subjects.length, runs, minSeconds, seed };
    const identity = { entries: entryFormat, ...this.place, files, ...plan };
    const journal = Journal.open<Entry>(stateDir, identity, fresh);
    if (journal.entries.length > 0)
      this.note(`going on after ${journal.entries.length} measurements in the journal`);
    const onPart = (part: number) => this.options.onRound?.(this.connection.host, part);
    const entries = await measureRounds({ ...plan, onPart }, journal, (subject, request) =>
      this.call(subjects[subject]!, request, reading),
    );
    journal.remove();
    return entries;
  }

  /** One call of an engine. */
  private async call(
    subject: Subject,
    request: Request,
    reading: Reading,
  ): Promise<{ answer: Entry['answer']; span: Span }> {
    const command = `${this.lock.touch}${watched(subject.command(request))}`;
    const run = () => this.connection.bytes(command, `measuring ${subject.job.model}`);
    const stdout = await this.withFiles(subject, run);
    const cpus = this.place.pin ?? cpuNumbers(reading.files);
    const { output, span } = parseWatched(stdout.toString(), cpus);
    return { answer: subject.parse(output, request), span };
  }

  /** Of our runtime, one model after the other. */
  private async soak(
    subjects: readonly Subject[],
    entries: readonly Entry[][],
    { files }: Reading,
  ): Promise<Measured['soak']> {
    const { soakSeconds: seconds, onSoak = () => {} } = this.options;
    const soaks: Measured['soak'] = [];
    if (seconds === undefined) return soaks;
    for (const [i, subject] of subjects.entries()) {
      if (!subject.isOurs) continue;
      const { job } = subject;
      const { model } = job;
      const { batch, answer } = entries[i]![0]!;
      const command = runnerCommand(this.place, this.runner, 'soak', job);
      const how = { seconds, batch, pinned: this.place.pin };
      const onPart = (part: number) => onSoak(model, part);
      const run = () => soakOnBoard(this.connection, this.lock, command, files, how, onPart);
      const told = await this.withFiles(subject, run);
      soaks.push({ model, engine: answer.engine, ...told });
    }
    return soaks;
  }

  private async profile(ours: readonly Subject[]): Promise<Profiles> {
    const { host, threads } = this.place;
    const profiles: Profiles = [];
    for (const subject of ours) {
      const { job } = subject;
      const command = `${this.lock.touch}${runnerCommand(this.place, this.runner, 'profile', job)} ${profileFlags}`;
      const run = () => this.connection.output(command, `profiling ${job.model}`);
      const text = await this.withFiles(subject, run);
      profiles.push(parseProfile(text, job, threads, host));
    }
    return profiles;
  }

  private describe(outputs: Outputs): NonNullable<BenchResult['board']> {
    const { host, reconnects } = this.connection;
    const { arch, bits, node, libc } = this.board;
    return { host, arch, bits, node, libc, runner: this.runner.sha256, reconnects, outputs };
  }
}
