import type { LayerConstraints } from '../constraints/layer-constraints.js';

/** From this part of the weights on it is told that a larger λ does nothing for them. */
const worthTelling = 0.5;

/**
 * Why a larger λ does little: most weights lie in layers that count as `importanceFloor` × λ already, where the price of a bit is as high as
 * it gets. Null where it does more.
 */
export function flooredText(layers: Iterable<LayerConstraints>): string | null {
  let [floored, all] = [0, 0];
  for (const { rate, shape } of layers) {
    if (!rate) continue;
    all += shape.rows * shape.channels;
    if (rate.floored) floored += shape.rows * shape.channels;
  }
  if (floored < worthTelling * all || all === 0) return null;
  const percent = Math.round((100 * floored) / all);
  return `a larger lambda changes nothing for ${percent} % of the weights: importanceFloor holds for their layers`;
}
