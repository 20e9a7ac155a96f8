import { expect, it } from 'vitest';
import type { TrainerState } from '../training/trainer.js';
import { CollapseGuard } from './collapse-guard.js';

/** States differ in their step alone. */
const state = (step: number) => ({ step }) as TrainerState;

/** Goes through steps; gives what the guard says at each, if anything. */
function run(
  guard: CollapseGuard,
  steps: number,
  at: (step: number) => { loss: number; accuracy: number | null },
) {
  const said: [step: number, back: number | 'lost'][] = [];
  for (let step = 1; step <= steps; step++) {
    const back = guard.record(step, { last: step === steps, settled: step > 300 }, at(step), () =>
      state(step),
    );
    if (back) said.push([step, back === 'lost' ? back : back.state.step]);
  }
  return said;
}

it('lets a network go on that learns', () => {
  const guard = new CollapseGuard(0.1, state(0));
  expect(run(guard, 400, (step) => ({ loss: 1, accuracy: 0.3 + step / 1000 }))).toEqual([]);
});

it('goes back to the last good state when accuracy is halved, or the loss is no number', () => {
  const halved = new CollapseGuard(0.1, state(0));
  expect(run(halved, 260, (step) => ({ loss: 1, accuracy: step < 220 ? 0.9 : 0.1 }))[0]).toEqual([250, 200]);
  const endless = new CollapseGuard(0.1, state(0));
  const at = (step: number) => ({ loss: step === 130 ? Number.NaN : 1, accuracy: 0.9 });
  expect(run(endless, 200, at)).toEqual([[130, 100]]);
});

it('goes back to the start when nothing is learnt, and in the end says once that it is lost', () => {
  const guard = new CollapseGuard(0.1, state(0));
  const said = run(guard, 500, () => ({ loss: 2, accuracy: 0.1 }));
  expect(said).toEqual([...[50, 100, 150, 200, 250, 300].map((step) => [step, 0]), [350, 'lost']]);
});

it('goes by the loss where there are no classes, and to no state with frozen codes', () => {
  const guard = new CollapseGuard(1, state(0));
  const at = (step: number) => ({ loss: step < 360 ? 1 : 5, accuracy: null });
  expect(run(guard, 420, at)[0]).toEqual([400, 300]);
});

it('says the same from saved state', () => {
  const at = (step: number) => ({ loss: 1, accuracy: step < 120 ? 0.8 : 0.2 });
  const first = new CollapseGuard(0.1, state(0));
  run(first, 120, at);
  const again = new CollapseGuard(0.1, state(99), structuredClone(first.save()));
  const later = (step: number) => at(step + 120);
  expect(run(again, 130, later)).toEqual(run(first, 130, later));
});
