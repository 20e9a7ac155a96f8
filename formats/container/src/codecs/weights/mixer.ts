import { steps } from '../../coding/adaptive.js';
import { squash, stretchTable } from '../../coding/logistic.js';
import { contextCount, contextValues } from './contexts.js';
import type { WeightParameters } from './parameters.js';
import type { DecisionTree } from './tree.js';

// Copies of imports that are read for every bit: test runners turn each read of an import into a getter call.
const toProbability = squash;
const stretches = stretchTable;
const learningSteps = steps;

const largestWeight = 524287;
/** Weights begin with 0.8 in all, as 16.16 fixed point. */
const initialWeight = 6554;
/** Bits that a fresh state counts as seen: how much its initial probability is trusted, of bytes and of ranks in palettes. */
const initialCounts = { bytes: 10, ranks: 4 };
const countLimit = 1000;

const clamped = (logit: number): number => (logit > 2047 ? 2047 : logit < -2047 ? -2047 : logit);

function movedWeight(weight: number, step: number): number {
  const next = weight + ((step + 8192) >> 14);
  return next > largestWeight ? largestWeight : next < -largestWeight ? -largestWeight : next;
}

/** A state after a bit: coding/adaptive.ts, on int32. */
export function movedState(state: number, target: number): number {
  const n = state & 1023;
  const p = state >>> 10;
  const next = p + (Math.imul((target - p) >> 5, learningSteps[n]!) >> 8);
  return (next << 10) | (n < countLimit ? n + 1 : countLimit);
}

/**
 * States of all contexts at all nodes, and two logistic mixers of what they say: one with a set of weights per node, one with
 * a single set. Their rate falls as symbols come.
 */
export class WeightMixer {
  readonly #states: Int32Array;
  readonly #ready: Uint8Array;
  readonly #initial: Int32Array;
  readonly #nodes: number;
  readonly #bases = new Int32Array(contextCount);
  readonly #inputs = new Int32Array(contextCount);
  readonly #byNode: Int32Array;
  readonly #common = new Int32Array(contextCount).fill(initialWeight);
  #node = 0;
  #rate = 0;
  #nodeLogit = 0;
  #commonLogit = 0;

  constructor(parameters: WeightParameters, { initial }: DecisionTree, length: number) {
    this.#nodes = initial.length;
    const count = parameters.center === null ? initialCounts.ranks : initialCounts.bytes;
    this.#initial = initial.map((p) => (p << 10) | count);
    const values = contextValues(parameters, length);
    this.#states = new Int32Array(values * this.#nodes);
    this.#ready = new Uint8Array(values);
    this.#byNode = new Int32Array(this.#nodes * contextCount).fill(initialWeight);
  }

  /** @param values the value of each context for the symbol at `position` */
  begin(values: Int32Array, position: number): void {
    for (let c = 0; c < contextCount; c++) {
      const value = values[c]!;
      const base = value * this.#nodes;
      this.#bases[c] = base;
      if (this.#ready[value]) continue;
      this.#ready[value] = 1;
      this.#states.set(this.#initial, base);
    }
    this.#rate = 55 + Math.floor(70400 / (256 + position));
  }

  /** Probability of a 1 at a node, in 1/65536. */
  predict(node: number): number {
    const [states, bases, inputs, byNode, common] = [
      this.#states,
      this.#bases,
      this.#inputs,
      this.#byNode,
      this.#common,
    ];
    const set = node * contextCount;
    let nodeSum = 0;
    let commonSum = 0;
    for (let c = 0; c < contextCount; c++) {
      const input = stretches[states[bases[c]! + node]! >>> 20]!;
      inputs[c] = input;
      nodeSum += Math.imul(input, byNode[set + c]!) >> 8;
      commonSum += Math.imul(input, common[c]!) >> 8;
    }
    this.#node = node;
    this.#nodeLogit = clamped(nodeSum >> 8);
    this.#commonLogit = clamped(commonSum >> 8);
    return toProbability((this.#nodeLogit + this.#commonLogit) >> 1);
  }

  /** Learns the bit at the node of the last prediction. */
  update(bit: number): void {
    const [states, bases, inputs, byNode, common] = [
      this.#states,
      this.#bases,
      this.#inputs,
      this.#byNode,
      this.#common,
    ];
    const target = bit ? 4194303 : 0;
    const nodeError = Math.imul((bit << 16) - toProbability(this.#nodeLogit), this.#rate) >> 6;
    const commonError = Math.imul((bit << 16) - toProbability(this.#commonLogit), this.#rate) >> 6;
    const set = this.#node * contextCount;
    for (let c = 0; c < contextCount; c++) {
      const input = inputs[c]!;
      byNode[set + c] = movedWeight(byNode[set + c]!, Math.imul(input, nodeError));
      common[c] = movedWeight(common[c]!, Math.imul(input, commonError));
      const at = bases[c]! + this.#node;
      states[at] = movedState(states[at]!, target);
    }
  }
}
