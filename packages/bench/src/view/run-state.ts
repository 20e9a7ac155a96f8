import fs from 'node:fs';
import path from 'node:path';
import { UsageError } from '@weightfold/base';
import type { ProgressEvent } from '@weightfold/optimizer';
import { parseConfig, type RunConfig, type StageSpec } from '@weightfold/optimizer/config';
import { isWorkedIn } from '@weightfold/optimizer/lock';
import { resolveStages } from '@weightfold/optimizer/recipes';
import type { TrainingPoint } from '../report/document.js';
import { LogTail } from './log-tail.js';

/** What was measured on a stage's file, as the pipeline leaves it beside that. */
interface Measured {
  accuracyInt8: number | null;
  mseInt8: number | null;
  zipBytes: number;
  wfzBytes: number;
}

export interface StageState {
  spec: StageSpec;
  state: 'done' | 'running' | 'waiting';
  /** Score of the finished stage before its file was measured. */
  end: ProgressEvent | null;
  bytes: number | null;
  measured: Measured | null;
}

export interface RunState {
  config: RunConfig;
  /** `stopped`: no process works in the folder, and there is no result. */
  status: 'running' | 'finished' | 'stopped';
  stages: StageState[];
  /** The stage that was begun last, and the last step that was logged of it. */
  current: string | null;
  now: ProgressEvent | null;
  training: TrainingPoint[];
  /** Trainings in the order in which they were begun, with their steps: stages, and tries of a search. */
  trainings: { name: string; steps: number }[];
  /** What happened, the last first. */
  log: { time: string; text: string }[];
}

const longestLog = 30;

/** Follows a run folder: each look reads only what was added to its logs. */
export class RunFollower {
  private readonly events: LogTail;
  private readonly metrics: LogTail;
  private readonly points = new Map<string, TrainingPoint>();
  private readonly steps = new Map<string, number>();
  private happened: (ProgressEvent & { time?: string })[] = [];
  private now: ProgressEvent | null = null;

  /** @throws UsageError when there is no run in the folder */
  constructor(readonly dir: string) {
    const needed = this.configFile();
    if (!fs.existsSync(needed)) {
      throw new UsageError(`${dir} is no run folder`, {
        code: 'NO_RUN',
        where: needed,
        expected: 'a folder with config.resolved.json',
        hint: 'Start the run with `weightfold optimize -o DIR`, then follow it.',
      });
    }
    this.events = new LogTail(path.join(dir, 'events.jsonl'));
    this.metrics = new LogTail(path.join(dir, 'metrics.jsonl'));
  }

  /** The run as it is now. */
  look(): RunState {
    this.readLogs();
    const config = parseConfig(JSON.parse(fs.readFileSync(this.configFile(), 'utf8')));
    const finished = fs.existsSync(path.join(this.dir, 'result.json'));
    const current = this.happened.findLast(({ type }) => type === 'stage-start')?.stage ?? null;
    const status = isWorkedIn(this.dir) ? 'running' : finished ? 'finished' : 'stopped';
    return {
      config,
      status,
      stages: resolveStages(config).map((spec, i) =>
        this.stage(spec, i, status === 'running' && spec.name === current),
      ),
      current,
      now: current !== null && isOf(this.now?.stage, current) ? this.now : null,
      training: [...this.points.values()],
      trainings: [...this.steps].map(([name, steps]) => ({ name, steps })),
      log: this.happened
        .slice(-longestLog)
        .reverse()
        .map((event) => ({ time: event.time ?? '', text: logText(event) })),
    };
  }

  private configFile(): string {
    return path.join(this.dir, 'config.resolved.json');
  }

  private readLogs(): void {
    const events = this.events.read();
    const metrics = this.metrics.read();
    if (events.restarted || metrics.restarted) this.forget();
    this.happened.push(...events.lines);
    for (const event of metrics.lines) {
      const { stage, step, steps, loss, accuracy = null, zeroFraction: pruned = null } = event;
      if (stage === undefined || step === undefined || loss === undefined) continue;
      this.points.set(`${stage} ${step}`, { stage, step, loss, accuracy, pruned });
      this.steps.set(stage, steps ?? step);
      this.now = event;
    }
  }

  /** A run that was begun anew in the same folder. */
  private forget(): void {
    this.points.clear();
    this.steps.clear();
    this.happened = [];
    this.now = null;
  }

  private stage(spec: StageSpec, index: number, current: boolean): StageState {
    const folder = path.join(this.dir, `${String(index + 1).padStart(2, '0')}-${spec.name}`);
    const end =
      this.happened.findLast(({ type, stage }) => type === 'stage-end' && stage === spec.name) ?? null;
    const file = path.join(folder, 'model.tflite');
    const done = end !== null || fs.existsSync(file);
    return {
      spec,
      state: done ? 'done' : current ? 'running' : 'waiting',
      end,
      bytes: fs.existsSync(file) ? fs.statSync(file).size : null,
      measured: readMeasured(folder),
    };
  }
}

/** Whether a training is that of a stage, or a try of its search. */
function isOf(training: string | undefined, stage: string): boolean {
  return training === stage || training?.startsWith(`${stage}-try-`) === true;
}

/** The newest measurement of a stage's file. */
function readMeasured(folder: string): Measured | null {
  if (!fs.existsSync(folder)) return null;
  const files = fs
    .readdirSync(folder)
    .filter((name) => /^measured-[0-9a-f]+\.json$/.test(name))
    .map((name) => path.join(folder, name))
    .sort((a, b) => fs.statSync(b).mtimeMs - fs.statSync(a).mtimeMs);
  return files[0] === undefined ? null : (JSON.parse(fs.readFileSync(files[0], 'utf8')) as Measured);
}

function logText({ type, stage, message, step, steps, stageNumber, stages }: ProgressEvent): string {
  const told: Partial<Record<ProgressEvent['type'], string>> = {
    'stage-start': `starts (stage ${stageNumber} of ${stages})`,
    'stage-end': 'done',
    resume: `goes on at step ${step}/${steps}`,
  };
  return [stage, message ?? told[type]].filter((part) => part !== undefined).join(': ');
}
