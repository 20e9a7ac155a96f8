import type { OperatorT, SubGraphT, TensorT } from './generated/tflite.js';
import { BuiltinOperator } from './generated/tflite.js';
import type { Model } from './model.js';
import { builtinOperator, elementCount } from './tensors.js';

/**
 * Multiply-accumulates of one inference of a subgraph (the main one when none is named): all, and by operator. Counted are the operators that multiply
 * by matrices or kernels; padded places count as in a dense loop, and elementwise operators, pooling and other operators as 0.
 */
export function countMacs(model: Model, subgraph = 0): { total: number; perOp: number[] } {
  const graph = model.subgraphs[subgraph]!;
  const perOp = graph.operators.map((operator) => operatorMacs(model, graph, operator));
  return { total: perOp.reduce((sum, macs) => sum + macs, 0), perOp };
}

type Tensors = (TensorT | undefined)[];
type Rule = (inputs: Tensors, output: TensorT, options: Record<string, unknown>) => number;

const count = (tensor: TensorT | undefined) => (tensor ? elementCount(tensor) : 0);
const size = (tensor: TensorT | undefined, fromEnd: number) => tensor?.shape.at(-fromEnd) ?? 1;
const product = (sizes: readonly number[]) => sizes.reduce((all, one) => all * one, 1);

const rules: Partial<Record<BuiltinOperator, Rule>> = {
  // weights [out, height, width, in / groups]: every output element is a sum over one kernel
  [BuiltinOperator.CONV_2D]: ([, weights], output) => count(output) * product(weights?.shape.slice(1) ?? [0]),
  // weights [1, height, width, out]
  [BuiltinOperator.DEPTHWISE_CONV_2D]: ([, weights], output) =>
    count(output) * product(weights?.shape.slice(1, 3) ?? [0]),
  // weights [depth, height, width, in, out]
  [BuiltinOperator.CONV_3D]: ([, weights], output) =>
    count(output) * product(weights?.shape.slice(0, 4) ?? [0]),
  // weights [out, in]
  [BuiltinOperator.FULLY_CONNECTED]: ([, weights], output) => count(output) * (weights?.shape[1] ?? 0),
  // weights [out, height, width, in]: every input element meets the kernel elements of its channel
  [BuiltinOperator.TRANSPOSE_CONV]: ([, weights, input]) =>
    count(input) * product(weights?.shape.slice(0, 3) ?? [0]),
  // left [..., rows, inner], transposed when adjX
  [BuiltinOperator.BATCH_MATMUL]: ([left], output, { adjX }) => count(output) * size(left, adjX ? 2 : 1),
  // input [batch, in]; weights_feature [filters, in], weights_time [filters, memory]
  [BuiltinOperator.SVDF]: ([input, feature, time]) => (input?.shape[0] ?? 0) * (count(feature) + count(time)),
  // inputs 1 to 8: matrices of input and recurrent gates; 16: projection; each is used once for every step of every sequence
  [BuiltinOperator.UNIDIRECTIONAL_SEQUENCE_LSTM]: (inputs) => {
    const steps = product(inputs[0]?.shape.slice(0, 2) ?? [0]);
    return steps * [...inputs.slice(1, 9), inputs[16]].reduce((sum, matrix) => sum + count(matrix), 0);
  },
};

function operatorMacs(model: Model, graph: SubGraphT, operator: OperatorT): number {
  const inputs = Array.from(operator.inputs, (index) => graph.tensors[index]);
  const output = graph.tensors[operator.outputs[0] ?? -1];
  const rule = rules[builtinOperator(model, operator)];
  return rule && output
    ? rule(inputs, output, (operator.builtinOptions ?? {}) as Record<string, unknown>)
    : 0;
}
