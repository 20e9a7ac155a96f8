import type { StepFigures, TrainerState } from '../training/trainer.js';

/** Loss and accuracy of training, smoothed over about 20 steps; the accuracy is null for a network without classes. */
export class Figures implements StepFigures {
  constructor(
    public loss = 0,
    public accuracy: number | null = null,
    private steps = 0,
  ) {}

  add({ loss, accuracy }: StepFigures): void {
    const old = this.steps++ === 0 ? 0 : 0.95;
    this.loss = old * this.loss + (1 - old) * loss;
    if (accuracy !== null) this.accuracy = old * (this.accuracy ?? 0) + (1 - old) * accuracy;
  }

  save(): FiguresState {
    return { loss: this.loss, accuracy: this.accuracy, steps: this.steps };
  }
}

interface FiguresState {
  loss: number;
  accuracy: number | null;
  steps: number;
}

/** Where a stage goes on, and with how much of the λ that it had there. */
export interface Rollback {
  state: TrainerState;
  softening: number;
}

/** What the guard must remember, for checkpoints. */
export interface GuardState {
  good: TrainerState;
  figures: FiguresState;
  /** Best smoothed figures so far; null: none yet. */
  best: StepFigures | null;
  /** How often the stage went back (one more when it is given up), and how often to this state. */
  rollbacks: number;
  again: number;
}

/** Steps between two looks; a state that looks well is the next one to go back to. */
const interval = 50;
/** λ after a collapse, as a factor, and how many collapses a stage may have. */
const softening = 0.5;
const mostRollbacks = 6;
/** A network is lost when fewer than half as many examples are right as were before, or the loss of one without classes doubles. */
const lost = 0.5;
/** Before anything was learnt: not even so many times chance. */
const aboveChance = 1.2;

/**
 * Watches a stage whose rate may starve a layer: a network that collapses seldom recovers, however long it is trained. Such a stage goes
 * back to its last good state, with a smaller λ.
 */
export class CollapseGuard {
  private good: TrainerState;
  private figures: Figures;
  private best: StepFigures | null;
  private rollbacks: number;
  private again: number;

  constructor(
    private readonly chance: number,
    start: TrainerState,
    state?: GuardState,
  ) {
    this.good = state?.good ?? start;
    const { loss, accuracy, steps } = state?.figures ?? new Figures().save();
    this.figures = new Figures(loss, accuracy, steps);
    this.best = state?.best ?? null;
    this.rollbacks = state?.rollbacks ?? 0;
    this.again = state?.again ?? 0;
  }

  /**
   * Takes in a step.
   * @param at whether it is the last one, and whether codes are frozen: such a state is none to go back to
   * @param save gives the state after it
   * @returns the state to go back to when the network is lost, and what its λ is to be multiplied by; `lost`, once, when it has been so too
   * often; null: go on
   */
  record(
    step: number,
    at: { last: boolean; settled: boolean },
    figures: StepFigures,
    save: () => TrainerState,
  ): Rollback | 'lost' | null {
    this.figures.add(figures);
    const finite = Number.isFinite(figures.loss);
    if (finite && step % interval !== 0 && !at.last) return null;
    if (finite && !this.isLost()) {
      this.remember();
      if (at.settled) return null;
      this.good = save();
      this.again = 0;
      return null;
    }
    if (this.rollbacks > mostRollbacks) return null;
    if (this.rollbacks++ === mostRollbacks) return 'lost';
    this.again++;
    this.figures = new Figures();
    return { state: this.good, softening: softening ** this.again };
  }

  save(): GuardState {
    const { good, best, rollbacks, again } = this;
    return { good, figures: this.figures.save(), best, rollbacks, again };
  }

  private isLost(): boolean {
    const { loss, accuracy } = this.figures;
    if (accuracy === null) return this.best !== null && lost * loss > this.best.loss;
    return accuracy < (this.best ? lost * this.best.accuracy! : aboveChance * this.chance);
  }

  private remember(): void {
    const { loss, accuracy } = this.figures;
    const better =
      this.best === null || (accuracy === null ? loss < this.best.loss : accuracy > this.best.accuracy!);
    if (better) this.best = { loss, accuracy };
  }
}
