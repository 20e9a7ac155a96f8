export interface EarlyStopOptions {
  /** Epochs without improvement after which a stage ends. */
  patience: number;
  /** By how much the loss must fall to count as an improvement. */
  minDelta: number;
  /** Part of the training examples that the loss is measured on; training does not see them. */
  heldOut: number;
}

/** The smallest loss so far (-1: none yet), and for how many epochs there was no smaller one. */
export type EarlyStopState = { best: number; waited: number };

/** Ends a stage whose loss on examples kept out of training does not fall any more. */
export class EarlyStop {
  private best: number;
  private waited: number;

  constructor(
    private readonly options: EarlyStopOptions | null,
    state: EarlyStopState = { best: -1, waited: 0 },
  ) {
    this.best = state.best;
    this.waited = state.waited;
  }

  /** Takes in the loss after an epoch. Returns whether to stop. */
  record(loss: number): boolean {
    if (!this.options) return false;
    const better = this.best < 0 || loss < this.best - this.options.minDelta;
    if (better) this.best = loss;
    this.waited = better ? 0 : this.waited + 1;
    return this.waited >= this.options.patience;
  }

  save(): EarlyStopState {
    return { best: this.best, waited: this.waited };
  }
}
