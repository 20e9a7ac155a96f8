import {
  CallOnceOptionsT,
  dtypeName,
  type OperatorT,
  type SubGraphT,
  tensorBytes,
  VarHandleOptionsT,
} from '@weightfold/tflite';
import type { OpContext } from '../plan/op-context.js';

/** VAR_HANDLE: no op, its output stands for a variable. */
export function lowerVarHandle(context: OpContext): void {
  context.variables.nameHandle(context.outputIndex(0), variableName(context.op.operator));
}

/** READ_VARIABLE copies, because the variable may change before its value is used. */
export function lowerReadVariable(context: OpContext): void {
  const y = context.outputIndex(0);
  context.emit('COPY', [variable(context, y)], [context.use(y)], []);
}

export function lowerAssignVariable(context: OpContext): void {
  const value = context.inputIndex(1);
  context.emit('COPY', [context.use(value)], [variable(context, value)], []);
}

/**
 * CALL_ONCE: no op; the subgraph that it runs gives variables their initial values. TFLite Micro runs it in the first inference,
 * where it stands, so no operator before it may use these variables.
 */
export function lowerCallOnce(context: OpContext): void {
  const { initSubgraphIndex } = context.options(CallOnceOptionsT);
  const graph = context.subgraph(initSubgraphIndex);
  if (!graph || initSubgraphIndex === 0) {
    throw context.unsupported('wrong subgraph of initial values', { received: `${initSubgraphIndex}` });
  }
  const handles = new Map<number, string>();
  for (const operator of graph.operators) {
    const kind = context.nameOf(operator);
    if (kind === 'VAR_HANDLE') handles.set(operator.outputs[0]!, variableName(operator));
    else if (kind === 'ASSIGN_VARIABLE') initialize(context, graph, operator, handles);
    else {
      throw context.unsupported(`subgraph ${initSubgraphIndex} has an operator that is not supported there`, {
        expected: 'VAR_HANDLE, ASSIGN_VARIABLE',
        received: kind,
      });
    }
  }
}

/** An ASSIGN_VARIABLE in the subgraph of a CALL_ONCE. */
function initialize(
  context: OpContext,
  graph: SubGraphT,
  operator: OperatorT,
  handles: ReadonlyMap<number, string>,
): void {
  const [handle, value] = [operator.inputs[0] ?? -1, operator.inputs[1] ?? -1];
  const name = handles.get(handle);
  const tensor = graph.tensors[value];
  const data = tensor ? context.dataOf(tensor) : null;
  if (name === undefined || !tensor || !data) {
    throw context.unsupported(
      'an initial value must be a constant, assigned to the variable of a VAR_HANDLE',
      {},
    );
  }
  if (context.variables.has(name)) {
    throw context.unsupported(`variable ${name} is used before its initial value is assigned`, {});
  }
  context.variables.state(name, tensor, value, data.subarray(0, tensorBytes(tensor)));
}

/** The state behind the operator's handle, which is its first input; it holds values like the tensor `value`. */
function variable(context: OpContext, value: number): number {
  const handle = context.inputIndex(0);
  const name = context.variables.nameOf(handle);
  if (name === undefined) {
    throw context.unsupported('the variable must come from a VAR_HANDLE', { tensor: handle });
  }
  const tensor = context.source(value);
  const state = context.variables.state(name, tensor, value);
  const held = context.planTensor(state);
  if (dtypeName(tensor.type) !== held.type || tensorBytes(tensor) !== held.bytes) {
    throw context.unsupported(`variable ${name} holds other values`, {
      tensor: value,
      expected: `${held.bytes} bytes of ${held.type}`,
      received: `${tensorBytes(tensor)} of ${dtypeName(tensor.type)}`,
    });
  }
  return state;
}

function variableName({ builtinOptions }: OperatorT): string {
  const { container, sharedName } =
    builtinOptions instanceof VarHandleOptionsT ? builtinOptions : new VarHandleOptionsT();
  return container ? `${container}/${sharedName}` : `${sharedName}`;
}
