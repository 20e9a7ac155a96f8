import { UsageError } from '@weightfold/base';
import type { StageSpec } from '../config.js';
import { leastUsed } from '../constraints/rate/adapt.js';
import { type Graph, outputChannels, weightedNodes } from '../graph/graph.js';
import { weightShape } from '../training/parameters.js';

/** Before a model can be packed: bytes for each channel (scale and bias) and for the structure. */
export const [channelBytes, structureBytes] = [2.6, 1200];
/** A target is out of reach where the least that can be counted before training is more than so many times as large. */
const tooFar = 1.2;

/** Bits of a weight at least: the entropy of two codes, of which one is as rare as a rate lets it become. */
const leastBits = -leastUsed * Math.log2(leastUsed) - (1 - leastUsed) * Math.log2(1 - leastUsed);

/** About the fewest bytes that a network packs to with a rate, whatever its weights. */
export function leastBytes(graph: Graph): number {
  const bytesOf = (node: ReturnType<typeof weightedNodes>[number]) => {
    const weights = weightShape(node).reduce((product, n) => product * n, 1);
    return channelBytes * outputChannels(node) + (leastBits * weights) / 8;
  };
  return weightedNodes(graph).reduce((sum, node) => sum + bytesOf(node), structureBytes);
}

/**
 * Checks the targets of stages by what a network needs whatever its weights.
 * @throws UsageError as `expectReach` does
 */
export function checkReach(stages: StageSpec[], graph: Graph): void {
  const least = leastBytes(graph);
  const hint = 'structure, scales and biases need nearly as much: take a larger target, or a smaller network';
  for (const { constraints } of stages)
    for (const one of constraints)
      if (one.type === 'rate' && one.targetBytes !== null) expectReach(one.targetBytes, least, hint);
}

/** @throws UsageError for a target that is far below the least number of bytes */
export function expectReach(target: number, least: number, hint: string): void {
  if (least <= tooFar * target) return;
  const expected = `at least about ${Math.ceil(least)}`;
  throw new UsageError(`targetBytes: expected ${expected} but received ${target}`, {
    where: 'targetBytes',
    expected,
    received: `${target}`,
    hint,
  });
}
