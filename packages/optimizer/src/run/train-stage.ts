import { inTurns, startTimer, turn } from '@weightfold/base';
import type { StageSpec } from '../config.js';
import { OptimizerError } from '../errors.js';
import type { EarlyStop } from '../training/early-stop.js';
import type { Trainer } from '../training/trainer.js';
import { type CollapseGuard, Figures, type Rollback } from './collapse-guard.js';
import type { RateNow } from './events.js';
import { type Clock, type StageWork, stepsOf } from './stage-work.js';
import { checkpointFile, saveCheckpoint } from './state.js';

/** Trains a stage to its end, step by step, with checkpoints. */
export async function trainStage(
  work: StageWork,
  trainer: Trainer,
  clock: Clock,
  earlyStop: EarlyStop,
  guard: CollapseGuard | null,
): Promise<void> {
  const { context, spec, steps } = work;
  const file = checkpointFile(context.outDir, spec.name);
  const save = () =>
    saveCheckpoint(
      file,
      {
        trainer: trainer.save(),
        earlyStop: earlyStop.save(),
        guard: guard?.save() ?? null,
        byteTarget: work.byteTarget?.save() ?? null,
        ...clock.read(),
      },
      context.run,
    );
  let figures = new Figures();
  const report = progressOf(work, trainer);
  while (trainer.step < steps) {
    try {
      await inTurns(trainer.freezeBatchNorm(), context.signal);
    } catch (error) {
      if (context.signal?.aborted) save();
      throw error;
    }
    const now = trainer.trainStep();
    const at = { last: trainer.step === steps, settled: trainer.settled };
    const back = guard?.record(trainer.step, at, now, () => trainer.save());
    if (back === 'lost') stayLost(work, trainer.step);
    else if (back) {
      goBack(work, trainer, back);
      figures = new Figures();
      continue;
    }
    figures.add(now);
    if (!Number.isFinite(figures.loss)) throw diverged(spec, trainer.step);
    if (trainer.step % 10 === 0 || trainer.step === steps) report(figures);
    if (endsEarly(work, trainer, earlyStop)) break;
    if (trainer.step % context.config.checkpointSteps === 0) save();
    await turn();
  }
  // Export and measuring take a while, too. One that was ended early would go on from here: it trains again from before.
  if (trainer.step === steps) save();
  trainer.finish();
}

/** A collapsed stage goes on from its last good state, at a smaller λ. */
function goBack(work: StageWork, trainer: Trainer, { state, softening }: Rollback): void {
  const { context, spec } = work;
  const collapsed = trainer.step;
  trainer.restore(state);
  trainer.soften(softening);
  work.byteTarget?.limit();
  const message = `collapsed by step ${collapsed}: goes on from step ${state.step} with lambda × ${softening}`;
  context.emit({ type: 'note', stage: spec.name, message });
}

/** One that collapses again and again ends as it is. */
function stayLost({ context, spec }: StageWork, step: number): void {
  const message = `collapsed once more by step ${step}, whatever lambda: goes on as it is. Its learning rate (${spec.learningRate}) may be too large`;
  context.emit({ type: 'note', stage: spec.name, message });
}

/** Tells the progress of a stage, with the time that it still needs at the speed since it was begun or taken up. */
function progressOf(work: StageWork, trainer: Trainer): (figures: Figures) => void {
  const { context, spec, steps, teacher } = work;
  const { stages } = context;
  const later = stages.slice(stages.findIndex(({ name }) => name === spec.name) + 1);
  const stepsLater = later.reduce((sum, stage) => sum + stepsOf(stage, context), 0);
  const firstStep = trainer.step;
  const milliseconds = startTimer();
  return ({ loss, accuracy }) => {
    const taken = milliseconds();
    const perStep = taken === null ? null : taken / 1000 / Math.max(1, trainer.step - firstStep);
    const zeroFraction = trainer.sparsity();
    const rate = rateOf(work);
    context.emit({
      type: 'step',
      stage: spec.name,
      step: trainer.step,
      steps,
      epoch: Math.ceil((trainer.step * spec.epochs) / steps),
      loss,
      ...(teacher && spec.distillation ? { distilled: true } : {}),
      ...(rate ? { rate } : {}),
      ...(accuracy === null ? {} : { accuracy: 100 * accuracy }),
      ...(zeroFraction === null ? {} : { zeroFraction }),
      ...(perStep === null ? {} : { etaSeconds: perStep * (steps - trainer.step) }),
      ...(perStep !== null && stepsLater > 0
        ? { runEtaSeconds: perStep * (steps - trainer.step + stepsLater) }
        : {}),
    });
  };
}

/** What the weights cost now; null in a stage without a rate, and before its codes were adapted. */
function rateOf({ constraints, byteTarget }: StageWork): RateNow | null {
  let [lambda, bits, weights] = [0, 0, 0];
  for (const { rate, shape } of constraints.values()) {
    const spent = rate?.spent;
    if (!spent) continue;
    lambda = Math.max(lambda, spent.lambda);
    bits += spent.bits;
    weights += shape.rows * shape.channels;
  }
  if (weights === 0) return null;
  const aim = byteTarget ? { bytes: byteTarget.bytesOf(bits), targetBytes: byteTarget.target } : {};
  return { lambda, bitsPerWeight: bits / weights, ...aim };
}

/** Whether the loss on held-out examples has stopped falling, looked at after each epoch. Ramps come to their end first. */
function endsEarly({ context, spec, steps }: StageWork, trainer: Trainer, earlyStop: EarlyStop): boolean {
  if (!spec.earlyStop || trainer.step % trainer.stepsPerEpoch !== 0) return false;
  const ramps = spec.constraints.map((one) => {
    if (one.type === 'sparsity') return Math.max(one.rampStart, one.rampEnd);
    return one.type === 'rate' ? one.rampEnd : 0;
  });
  if (trainer.step < Math.max(0, ...ramps) * steps) return false;
  const loss = trainer.heldOutLoss();
  if (!earlyStop.record(loss)) return false;
  const epochs = trainer.step / trainer.stepsPerEpoch;
  const message = `ends after ${epochs} of ${spec.epochs} epochs: the loss on held-out examples (now ${loss.toFixed(4)}) does not fall any more`;
  context.emit({ type: 'note', stage: spec.name, message });
  return true;
}

function diverged({ name, learningRate }: StageSpec, step: number): OptimizerError {
  return new OptimizerError(`stage ${name}: the loss is no longer a finite number at step ${step}`, {
    code: 'DIVERGED',
    where: `${name}, step ${step}`,
    expected: 'a finite loss',
    received: 'NaN or infinity',
    hint: `lower its learning rate (${learningRate})`,
  });
}
