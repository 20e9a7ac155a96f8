import {
  BuiltinOperator,
  builtinOperator,
  type Model,
  type OperatorT,
  operatorName,
  type SubGraphT,
  tensorBytes,
  tensorData,
} from '@weightfold/tflite';

/** Most bytes of all outputs of operators that are computed at load: a small file can ask for any number. */
const maxBytes = 2 ** 26;

/** Most multiply-accumulates of one of these operators. */
const maxMacs = 2 ** 26;

/** Operators that look at the shape of their input alone. */
export const shapeOperators: ReadonlySet<string> = new Set(['RANK', 'SHAPE', 'ZEROS_LIKE']);

/** Operators of variables: what they answer changes from run to run, or they answer nothing. */
const stateful: ReadonlySet<string> = new Set([
  'ASSIGN_VARIABLE',
  'CALL_ONCE',
  'READ_VARIABLE',
  'VAR_HANDLE',
]);

/** The operators of a model whose outputs are known beforehand, and which of these outputs the others read. */
export interface ConstantOperators {
  operators: ReadonlySet<number>;
  results: readonly number[];
}

/**
 * Finds the operators all of whose inputs are constants, or outputs of such operators. Not those that write an output of the model,
 * which is no constant, nor what is too much to compute at load; null when there are none.
 * @param macs multiply-accumulates of each operator
 */
export function findConstantOperators(model: Model, macs: readonly number[]): ConstantOperators | null {
  const graph = model.subgraphs[0]!;
  const made = new Set<number>();
  const operators = new Set<number>();
  let bytes = 0;
  for (const [index, operator] of graph.operators.entries()) {
    const known = (input: number) => input < 0 || made.has(input) || isConstant(model, graph, input);
    if (!operator.inputs.every(known) && !shapeOperators.has(operatorName(model, operator))) continue;
    if (macs[index]! > maxMacs || !isPure(model, graph, operator)) continue;
    const size = operator.outputs.reduce((sum, output) => sum + tensorBytes(graph.tensors[output]!), 0);
    if (bytes + size > maxBytes) continue;
    bytes += size;
    operators.add(index);
    for (const output of operator.outputs) made.add(output);
  }
  const results = readByOthers(graph, operators, made);
  return results.length > 0 ? { operators, results } : null;
}

function isConstant(model: Model, graph: SubGraphT, index: number): boolean {
  const tensor = graph.tensors[index]!;
  return !tensor.isVariable && tensorData(model, tensor) !== null;
}

/** Whether an operator does nothing but write outputs that are tensors of the plan's own. */
function isPure(model: Model, graph: SubGraphT, operator: OperatorT): boolean {
  if (builtinOperator(model, operator) === BuiltinOperator.CUSTOM) return false;
  if (operator.inputs.length === 0 || stateful.has(operatorName(model, operator))) return false;
  return operator.outputs.every(
    (output) => output >= 0 && !graph.outputs.includes(output) && !graph.tensors[output]!.isVariable,
  );
}

function readByOthers(graph: SubGraphT, operators: ReadonlySet<number>, made: ReadonlySet<number>): number[] {
  const read = new Set<number>();
  if (made.size === 0) return [];
  for (const [index, { inputs }] of graph.operators.entries()) {
    if (!operators.has(index)) for (const input of inputs) if (made.has(input)) read.add(input);
  }
  return [...read];
}

/** The model with other inputs and outputs: none, and what is to be computed at load. */
export function onlyResults(model: Model, { results }: ConstantOperators): Model {
  const [graph, ...others] = model.subgraphs;
  return { ...model, subgraphs: [{ ...graph!, inputs: [], outputs: [...results] }, ...others] };
}

/** The model with what was computed as constants. */
export function withConstants(
  model: Model,
  { results }: ConstantOperators,
  values: readonly Uint8Array[],
): Model {
  const [graph, ...others] = model.subgraphs;
  const tensors = graph!.tensors.slice();
  for (const [i, result] of results.entries()) {
    tensors[result] = { ...tensors[result]!, buffer: model.buffers.length + i };
  }
  return { ...model, buffers: [...model.buffers, ...values], subgraphs: [{ ...graph!, tensors }, ...others] };
}
