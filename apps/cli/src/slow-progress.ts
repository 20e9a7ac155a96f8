import { Progress } from './progress.js';
import type { Session } from './session.js';

/** Milliseconds that work may take without a word. */
const silentMs = 2000;

/** How far work is, on stderr, when it takes longer: a bar on a terminal, else a plain line now and then. */
export class SlowProgress {
  private readonly started = performance.now();

  private constructor(
    private readonly session: Session,
    private readonly progress: Progress,
  ) {}

  /** Does work that tells how far it is; the bar is off the terminal when it ends, also by an error. */
  static async during<T>(session: Session, work: (progress: SlowProgress) => T | Promise<T>): Promise<T> {
    const progress = await Progress.create(session);
    try {
      return await work(new SlowProgress(session, progress));
    } finally {
      progress.stop();
    }
  }

  show(what: string, done: number, total: number): void {
    if (performance.now() - this.started < silentMs) return;
    this.progress.show({ type: 'step', stage: what, step: done, steps: total });
  }

  /** A remark, above the bar. */
  note(message: string): void {
    this.progress.stop();
    this.session.note(message);
  }
}
