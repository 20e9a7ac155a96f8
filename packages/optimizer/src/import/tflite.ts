import { BuiltinOperator, builtinOperator, operatorName, readModel } from '@weightfold/tflite';
import type { ImportedModel } from './imported-model.js';
import { type Options, TfliteGraph } from './tflite-graph.js';
import { importers } from './tflite-ops.js';
import { unsupported } from './unsupported.js';

/**
 * Reads a .tflite with float activations: weights as float32, float16 or, with dynamic range, int8.
 * @throws TfliteError for a damaged file; UnsupportedError naming the first operator that the graph has no node for
 */
export function importTflite(bytes: Uint8Array): ImportedModel {
  const model = readModel(bytes);
  const graph = new TfliteGraph(model);
  const { operators, outputs } = model.subgraphs[0]!;
  for (const operator of operators) {
    const builtin = builtinOperator(model, operator);
    if (builtin === BuiltinOperator.DEQUANTIZE) {
      graph.aliasConstant(operator);
      continue;
    }
    const name = graph.nameOf(operator.outputs[0]);
    const importer = importers[builtin];
    if (!importer) throw unsupported(name, operatorName(model, operator));
    const options = (operator.builtinOptions ?? {}) as unknown as Options;
    importer(graph, {
      op: operatorName(model, operator),
      name,
      options,
      inputs: operator.inputs,
      output: operator.outputs[0]!,
    });
    graph.checkShape(operator.outputs[0]!, operatorName(model, operator));
  }
  return graph.draft.finish(outputs.map((index) => graph.nameOf(index)));
}
