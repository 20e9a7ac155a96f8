import { Progress } from '../progress.js';
import type { Session } from '../session.js';

/** Milliseconds that packing may take without a word. */
const silentMs = 2000;

/** Bytes packed, on stderr, when packing takes longer: a bar on a terminal, else a plain line now and then. */
export class PackingProgress {
  private readonly started = performance.now();

  private constructor(private readonly progress: Progress) {}

  static async create(session: Session): Promise<PackingProgress> {
    return new PackingProgress(await Progress.create(session));
  }

  show(done: number, total: number): void {
    const elapsed = performance.now() - this.started;
    if (elapsed < silentMs) return;
    this.progress.show({ type: 'step', stage: 'bytes packed', step: done, steps: total });
  }

  /** Takes the bar off the terminal. */
  stop(): void {
    this.progress.stop();
  }
}
