import type { Model } from '@weightfold/tflite';

/** Tensors by whose names callers find inputs and outputs: those of the main subgraph, and those of signatures. */
function namedTensors(model: Model, subgraph: number): Set<number> {
  const named = new Set<number>();
  const graph = model.subgraphs[subgraph]!;
  if (subgraph === 0) for (const index of [...graph.inputs, ...graph.outputs]) named.add(index);
  for (const { subgraphIndex, inputs, outputs } of model.signatureDefs) {
    if (subgraphIndex !== subgraph) continue;
    for (const { tensorIndex } of [...inputs, ...outputs]) named.add(tensorIndex);
  }
  return named;
}

/** Names of tensors that are no inputs or outputs, and of subgraphs. Custom operators are found by their names: those stay. */
export function dropNames(model: Model): void {
  model.subgraphs.forEach((graph, index) => {
    const named = namedTensors(model, index);
    graph.name = null;
    graph.tensors.forEach((tensor, t) => {
      if (!named.has(t)) tensor.name = null;
    });
  });
}

/** The ranges that training or calibration saw: kernels compute with scales and zero points. */
export function dropRanges(model: Model): void {
  for (const { tensors } of model.subgraphs) {
    for (const tensor of tensors) {
      const { quantization } = tensor;
      if (!quantization) continue;
      quantization.min = new Float32Array(0);
      quantization.max = new Float32Array(0);
      // Without a scale both runtimes take the tensor for one that is not quantized.
      if (quantization.scale.length === 0 && quantization.details === null) tensor.quantization = null;
    }
  }
}

/** A signature without open dimensions says what the shape says. */
export function dropShapeSignatures(model: Model): void {
  for (const { tensors } of model.subgraphs) {
    for (const tensor of tensors) {
      const { shape, shapeSignature } = tensor;
      const repeats =
        shape.length === shapeSignature.length && shape.every((n, d) => n === shapeSignature[d]);
      if (repeats) tensor.shapeSignature = [];
    }
  }
}

/**
 * Metadata that change what a runtime computes or in which order: compressed weights (TensorFlow Lite Micro), a planned arena, half
 * precision that is allowed, order of operators with side effects (LiteRT).
 */
const neededMetadata = new Set([
  'COMPRESSION_METADATA',
  'OfflineMemoryAllocation',
  'reduced_precision_support',
  'model_control_dependencies',
]);

/** Converter's version, least version of the runtime, labels, documentation, where operators came from. */
export function dropMetadata(model: Model): void {
  model.metadata = model.metadata.filter(({ name }) => neededMetadata.has(String(name)));
  const kept = new Set(model.metadata.map(({ buffer }) => buffer));
  model.metadataBuffer = model.metadataBuffer.filter((buffer) => kept.has(buffer));
  for (const graph of model.subgraphs) {
    graph.debugMetadataIndex = -1;
    for (const operator of graph.operators) operator.debugMetadataIndex = -1;
  }
}

export function dropDescriptions(model: Model): void {
  model.description = null;
}
