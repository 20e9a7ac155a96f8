import { type Model, typedData } from '@weightfold/tflite';
import { outputChannels, type WeightedNode } from '../graph/graph.js';

/** Weight codes of an exported tensor, turned back into the training layout (channel last), where masks are kept. */
export function typedWeights(model: Model, tensorIndex: number, node: WeightedNode): Int8Array {
  const codes = typedData(model, model.subgraphs[0]!.tensors[tensorIndex]!) as Int8Array;
  if (node.op === 'DEPTHWISE_CONV_2D') return codes;
  const channels = outputChannels(node);
  const rows = codes.length / channels;
  return Int8Array.from(
    { length: codes.length },
    (_, i) => codes[(i % channels) * rows + Math.floor(i / channels)]!,
  );
}
