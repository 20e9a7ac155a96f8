import { UsageError } from '@weightfold/base';

/** What one technique does to one layer. */
export interface LayerOption {
  technique: string;
  /** Coded bytes of the layer. */
  bytes: number;
  /** Increase of the network's loss when only this layer is changed. */
  lossIncrease: number;
}

/** Technique by layer. */
export type Choice = Map<string, string>;

/** Steps that the budget is divided into: a layer's bytes are rounded up to one. */
const steps = 10_000;

interface LayerOptions {
  name: string;
  effects: Pick<LayerOption, 'technique' | 'bytes'>[];
}

/** @throws UsageError when even the smallest option of every layer is too much */
export function checkBudget(layers: LayerOptions[], targetBytes: number): void {
  const least = layers.reduce((sum, { effects }) => sum + smallest(effects).bytes, 0);
  if (least <= targetBytes) return;
  throw new UsageError(`target: expected at least ${least} bytes but received ${targetBytes}`, {
    code: 'BUDGET_TOO_SMALL',
    where: 'target bytes',
    expected: `at least ${least}, the smallest that the techniques make all layers together`,
    received: `${targetBytes}`,
    hint: 'allow more bytes, or techniques that save more',
  });
}

const smallest = <Option extends { bytes: number }>(options: Option[]): Option =>
  options.reduce((a, b) => (b.bytes < a.bytes ? b : a));

/**
 * Chooses a technique for each layer so that all layers together need at most `targetBytes` and the sum of the loss increases
 * is smallest (multiple-choice knapsack, by dynamic programming over the budget in 10,000 steps).
 * @throws UsageError when even the smallest option of every layer is too much
 */
export function choosePlan(layers: { name: string; effects: LayerOption[] }[], targetBytes: number): Choice {
  checkBudget(layers, targetBytes);
  const unit = targetBytes / steps;
  let best = new Float64Array(steps + 1); // smallest sum of losses by steps that may be spent
  const taken: Uint16Array[] = []; // for each layer, its option by steps that may be spent
  for (const { effects } of layers) {
    const next = new Float64Array(steps + 1).fill(Infinity);
    const chosen = new Uint16Array(steps + 1);
    effects.forEach(({ bytes, lossIncrease }, option) => {
      const cost = Math.ceil(bytes / unit);
      for (let budget = cost; budget <= steps; budget++) {
        const loss = best[budget - cost]! + lossIncrease;
        if (loss >= next[budget]!) continue;
        next[budget] = loss;
        chosen[budget] = option;
      }
    });
    best = next;
    taken.push(chosen);
  }
  if (best[steps]! < Infinity) return walkBack(layers, taken, unit);
  // So near to the least that rounding up passes the budget: only the smallest options are left.
  return new Map(layers.map(({ name, effects }) => [name, smallest(effects).technique]));
}

function walkBack(
  layers: { name: string; effects: LayerOption[] }[],
  taken: Uint16Array[],
  unit: number,
): Choice {
  let budget = steps;
  const choice: [string, string][] = [];
  for (let i = layers.length - 1; i >= 0; i--) {
    const { technique, bytes } = layers[i]!.effects[taken[i]![budget]!]!;
    choice.push([layers[i]!.name, technique]);
    budget -= Math.ceil(bytes / unit);
  }
  return new Map(choice.reverse());
}
