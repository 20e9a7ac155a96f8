import { type Graph, outputChannels, type WeightedNode, weightedNodes } from '../graph/graph.js';
import { randomFor } from '../random.js';

export type ParameterKind = 'weights' | 'gamma' | 'beta' | 'bias';

/** Where one trained array lies in the flat vector of all of them. */
export interface ParameterSlot {
  node: WeightedNode;
  kind: ParameterKind;
  shape: number[];
  offset: number;
  size: number;
}

/**
 * Shape of a node's weights as TensorFlow's training kernels take them, output channel last: [h, w, in / groups, out],
 * depthwise [h, w, in, multiplier], dense [in, out]. Seen as [rows, channels], a channel is a column in all three. Export turns them
 * into TFLite's layouts.
 */
export function weightShape(node: WeightedNode): number[] {
  if (node.op === 'FULLY_CONNECTED') return [node.inputUnits, node.units];
  if (node.op === 'DEPTHWISE_CONV_2D')
    return [...node.kernel, node.inputChannels, node.channels / node.inputChannels];
  return [...node.kernel, node.inputChannels / node.groups, node.channels];
}

/** All trained arrays of a graph laid out in one flat vector, so that an optimizer step is a few ops, not some for each array. */
export function parameterSlots(graph: Graph): ParameterSlot[] {
  const slots: ParameterSlot[] = [];
  let offset = 0;
  const add = (node: WeightedNode, kind: ParameterKind, shape: number[]) => {
    const size = shape.reduce((product, n) => product * n, 1);
    slots.push({ node, kind, shape, offset, size });
    offset += size;
  };
  for (const node of weightedNodes(graph)) {
    add(node, 'weights', weightShape(node));
    const channels = [outputChannels(node)];
    if (node.batchNorm) {
      add(node, 'gamma', channels);
      add(node, 'beta', channels);
    } else {
      add(node, 'bias', channels);
    }
  }
  return slots;
}

export function parameterCount(slots: ParameterSlot[]): number {
  const last = slots.at(-1);
  return last ? last.offset + last.size : 0;
}

/** A slot's values as a view into the flat vector. */
export function slotValues(flat: Float32Array, slot: ParameterSlot): Float32Array {
  return flat.subarray(slot.offset, slot.offset + slot.size);
}

export function findSlot(slots: ParameterSlot[], node: WeightedNode, kind: ParameterKind): ParameterSlot {
  return slots.find((slot) => slot.node === node && slot.kind === kind)!;
}

/**
 * Starting values: weights uniform within ±√(6 / (fan in + fan out)) (Glorot and Bengio, 2010; Keras' default), gamma 1,
 * beta and bias 0.
 */
export function initialParameters(graph: Graph, slots: ParameterSlot[], seed: number): Float32Array {
  const flat = new Float32Array(parameterCount(slots));
  for (const slot of slots) {
    const values = slotValues(flat, slot);
    if (slot.kind === 'gamma') values.fill(1);
    if (slot.kind !== 'weights') continue;
    const random = randomFor(seed, 'weights', graph.name, slot.node.name);
    const limit = Math.sqrt(6 / fanSum(slot));
    for (let i = 0; i < values.length; i++) values[i] = (2 * random.uniform() - 1) * limit;
  }
  return flat;
}

/** Fan in plus fan out; for depthwise kernels as Keras counts them: area × channels + area. */
function fanSum({ shape }: ParameterSlot): number {
  const area = shape.length === 4 ? shape[0]! * shape[1]! : 1;
  return area * (shape.at(-2)! + shape.at(-1)!);
}

/** One flat vector behind another. */
export function joined(first: Float32Array, second: Float32Array): Float32Array {
  const both = new Float32Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
