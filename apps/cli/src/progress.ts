import { duration } from '@weightfold/base';
import type { ProgressEvent } from '@weightfold/optimizer';
import type { SingleBar } from 'cli-progress';
import type { Session } from './session.js';
import { integer } from './table.js';

/** Seconds between two plain lines when stderr is no terminal. */
const lineInterval = 5;

/** Shows training events on stderr: a bar per stage on a terminal, else a plain line now and then. */
export class Progress {
  private bar: SingleBar | null = null;
  private lastLine = 0;

  private constructor(
    private readonly session: Session,
    private readonly makeBar: (() => SingleBar) | null,
  ) {}

  static async create(session: Session): Promise<Progress> {
    if (session.quiet || !process.stderr.isTTY || process.env.TERM === 'dumb')
      return new Progress(session, null);
    const { default: progress } = await import('cli-progress');
    const options = {
      stream: process.stderr,
      format: '{stage} {bar} {value}/{total} {figures}',
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize: 24,
      clearOnComplete: true,
      // A signal may end the process with the bar on the terminal, which must be left as it was.
      hideCursor: false,
      linewrap: true,
      gracefulExit: false, // signals are ours: see interrupt.ts
    };
    return new Progress(session, () => new progress.SingleBar(options));
  }

  show(event: ProgressEvent): void {
    if (event.type === 'step') this.step(event);
    else {
      this.stop();
      const text = eventText(event);
      if (text) this.session.note(text);
      this.lastLine = 0;
    }
  }

  /** Takes the bar off the terminal; must be called before anything else is printed. */
  stop(): void {
    this.bar?.stop();
    this.bar = null;
  }

  private step(event: ProgressEvent): void {
    if (this.makeBar) {
      const payload = { stage: event.stage, figures: figures(event) };
      if (!this.bar) {
        this.bar = this.makeBar();
        this.bar.start(event.steps ?? 0, event.step ?? 0, payload);
      }
      this.bar.setTotal(event.steps ?? 0);
      this.bar.update(event.step ?? 0, payload);
      return;
    }
    const now = performance.now() / 1000;
    if (this.lastLine > 0 && now - this.lastLine < lineInterval) return;
    this.lastLine = now;
    this.session.note(`${event.stage}  ${event.step}/${event.steps}  ${figures(event)}`.trimEnd());
  }
}

/** The figures of a step or a finished stage: loss, accuracy, zeros, what the weights cost, time left. */
function figures(event: ProgressEvent): string {
  const { type, loss, distilled, accuracy, mse, zeroFraction, rate, etaSeconds, runEtaSeconds } = event;
  const parts: string[] = [];
  if (loss !== undefined) parts.push(`loss ${loss.toFixed(4)}${distilled ? ' (distilled)' : ''}`);
  if (accuracy !== undefined) parts.push(`accuracy ${accuracy.toFixed(2)} %`);
  if (mse !== undefined) parts.push(`mean squared error ${mse.toPrecision(4)}`);
  if (zeroFraction !== undefined) {
    const zeros = `${(zeroFraction * 100).toFixed(1)} %`;
    parts.push(type === 'step' ? `pruned ${zeros}` : `zeros ${zeros} (not depthwise)`);
  }
  if (rate) parts.push(rateText(rate));
  if (etaSeconds !== undefined) parts.push(`ETA ${duration(etaSeconds)}`);
  if (runEtaSeconds !== undefined) parts.push(`(training in all ${duration(runEtaSeconds)})`);
  return parts.join('  ');
}

/** `lambda 0.0150, 2.03 bits a weight`, and with a number of bytes to meet `, about 61,000 of 60,000 bytes`. */
function rateText({ lambda, bitsPerWeight, bytes, targetBytes }: NonNullable<ProgressEvent['rate']>): string {
  const spent = `lambda ${lambda.toPrecision(3)}, ${bitsPerWeight.toFixed(2)} bits a weight`;
  if (bytes === undefined || targetBytes === undefined) return spent;
  return `${spent}, about ${integer(bytes)} of ${integer(targetBytes)} bytes`;
}

function eventText(event: ProgressEvent): string {
  const { type, stage, message, step, steps } = event;
  const what: Record<Exclude<ProgressEvent['type'], 'step'>, string> = {
    'stage-start': `starts (stage ${event.stageNumber} of ${event.stages})`,
    'stage-end': `done  ${figures(event)}`,
    resume: `goes on at step ${step}/${steps}`,
    note: '',
  };
  const text = message ?? (type === 'step' ? '' : what[type]);
  return stage === undefined ? text : `${stage}  ${text}`;
}
