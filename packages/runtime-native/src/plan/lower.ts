import { UnsupportedError, UsageError } from '@weightfold/base';
import {
  BuiltinOperator,
  builtinOperator,
  countMacs,
  type Model,
  type OperatorT,
  operatorName,
  type SubGraphT,
  TensorType,
} from '@weightfold/tflite';
import { loweringsUnsigned } from '../lower/curves.js';
import { loweringsFloat } from '../lower/float32.js';
import { lowerings16 } from '../lower/int16.js';
import { lowerings } from '../lower/registry.js';
import { addBorders } from '../passes/borders.js';
import { dropConstantChannels } from '../passes/constant-channels.js';
import { foldPadding } from '../passes/fold-padding.js';
import { forwardState } from '../passes/forward-state.js';
import { fuseActivations } from '../passes/fuse-activations.js';
import { workInPlace } from '../passes/in-place.js';
import { storeUnsigned } from '../passes/unsigned.js';
import { findUses } from '../passes/uses.js';
import { findConstantOperators, onlyResults, withConstants } from './constants.js';
import { Dataflow } from './dataflow.js';
import { type ElementLoops, plainLoops } from './element-loops.js';
import { dropUnused, placeActivations, placeData } from './layout.js';
import { OpContext } from './op-context.js';
import { type Plan, type RoundingMode, roundingModes } from './plan.js';
import { PlanTensors } from './tensors.js';
import { isUnsigned, unsignedOperators } from './unsigned.js';
import { Variables } from './variables.js';

export interface LowerOptions {
  rounding?: RoundingMode;
  /**
   * Keeps the inputs' memory to themselves, so that running twice without filling them again gives the same result.
   * Without it activations may reuse their place, as in TFLite Micro, and the arena is smaller.
   */
  keepInputs?: boolean;
  /** Stores activations as uint8 where all their ops can, for CPUs that multiply unsigned by signed bytes; default: on x86. */
  unsigned?: boolean;
  /** Loops over channels and weights; plain ones when not given. */
  loops?: ElementLoops;
  /**
   * Runs a plan without inputs and gives its outputs. With it, operators whose inputs are all constants are computed here, and are no
   * ops of the plan; without it they run each time, and none of them can make weights.
   */
  runOnce?: (plan: Plan) => Uint8Array[];
  /** Most bytes of memory for all activations together; `defaultMaxArenaBytes` when not given. */
  maxArenaBytes?: number;
}

/** 256 MiB. The shapes in a small file can ask for any number of gigabytes. */
export const defaultMaxArenaBytes: number = 2 ** 28;

/**
 * Lowers the main subgraph of a fully int8 model to a plan: op list, tensor table, arena offsets, multipliers.
 *
 * @throws UnsupportedError for an operator, type or shape that no kernel handles; it names op, tensor and what is supported. Also
 * for activations that need more than `maxArenaBytes`.
 * @throws TfliteError for an operator that reads what no operator before it wrote; it names op and tensor.
 * @throws UsageError for an unknown rounding mode.
 */
export function lower(model: Model, options: LowerOptions = {}): Plan {
  expectRounding(options.rounding);
  const macs = countMacs(model).perOp;
  const constants = options.runOnce ? findConstantOperators(model, macs) : null;
  if (!constants) return lowerSome(model, options, macs, () => true);
  const { operators } = constants;
  const limited = { ...options, maxArenaBytes: defaultMaxArenaBytes };
  const beforehand = lowerSome(onlyResults(model, constants), limited, macs, (index) => operators.has(index));
  const values = options.runOnce!(beforehand);
  return lowerSome(withConstants(model, constants, values), options, macs, (index) => !operators.has(index));
}

function expectRounding(rounding: RoundingMode = 'tflm'): void {
  if (roundingModes.includes(rounding)) return;
  throw new UsageError(
    `Expected rounding to be one of ${roundingModes.join(', ')} but received ${rounding}`,
    {
      where: 'rounding',
      expected: roundingModes.join(', '),
      received: String(rounding),
    },
  );
}

/** Lowers those operators of the main subgraph that `isWanted` takes, by index. */
function lowerSome(
  model: Model,
  options: LowerOptions,
  macs: readonly number[],
  isWanted: (index: number) => boolean,
): Plan {
  const graph = model.subgraphs[0]!;
  const tensors = new PlanTensors(model, graph, options.loops ?? plainLoops);
  const plan: Plan = {
    rounding: options.rounding ?? 'tflm',
    tensors: [],
    ops: [],
    inputs: [],
    outputs: [],
    arenaBytes: 0,
    liveBytes: 0,
    dataBytes: 0,
  };
  plan.inputs = graph.inputs.map((index) => tensors.endpoint(index, 'input'));
  graph.inputs.forEach((index, i) => {
    if (isUnsigned(tensors.source(index))) flip(plan, plan.inputs[i]!, tensors.use(index));
  });
  const variables = new Variables(tensors);
  const dataflow = new Dataflow(model);
  graph.operators.forEach((operator, index) => {
    if (!isWanted(index)) return;
    const name = operatorName(model, operator);
    const context = new OpContext(model, tensors, plan, variables, {
      operator,
      index,
      name,
      macs: macs[index]!,
    });
    // A custom operator is none of ours, whatever it is called: ADD, or constructor.
    const custom = builtinOperator(model, operator) === BuiltinOperator.CUSTOM;
    const lowerOp = custom ? undefined : (ownLowerings(graph, operator)?.[name] ?? lowerings[name]);
    if (!lowerOp) {
      throw context.unsupported('the operator is not supported', {
        expected: Object.keys(lowerings).join(', '),
        received: `${name} of ${context.describeTensors()}`,
      });
    }
    dataflow.follow(operator, index, name);
    expectSigned(context);
    lowerOp(context);
  });
  dataflow.finish();
  plan.outputs = graph.outputs.map((index) => tensors.endpoint(index, 'output'));
  graph.outputs.forEach((index, i) => {
    if (isUnsigned(tensors.source(index))) flip(plan, tensors.use(index), plan.outputs[i]!);
  });
  plan.tensors = tensors.list;
  improve(plan, tensors, options);
  placeActivations(plan, tensors, options.keepInputs === true);
  expectArena(plan.arenaBytes, options.maxArenaBytes ?? defaultMaxArenaBytes);
  dropUnused(plan);
  plan.dataBytes = placeData(plan.tensors);
  return plan;
}

/** The passes, each of which leaves the outputs as they are; in an order in which one makes room for the next. */
function improve(
  plan: Plan,
  tensors: PlanTensors,
  { unsigned = process.arch === 'x64' }: LowerOptions,
): void {
  forwardState(plan, tensors);
  fuseActivations(plan, tensors);
  foldPadding(plan, tensors);
  // No pass from here on changes which ops read an activation, nor who writes it, but for filling its border.
  const uses = findUses(plan, tensors);
  dropConstantChannels(plan, tensors, uses);
  if (unsigned) storeUnsigned(plan, uses);
  addBorders(plan, uses);
  workInPlace(plan, tensors, uses);
}

/** The rules for the type of the operator's first input, where a type has some of its own. */
function ownLowerings(graph: SubGraphT, { inputs }: OperatorT): typeof lowerings | undefined {
  const type = graph.tensors[inputs[0] ?? -1]?.type;
  if (type === TensorType.INT16) return lowerings16;
  if (type === TensorType.UINT8) return loweringsUnsigned;
  return type === TensorType.FLOAT32 ? loweringsFloat : undefined;
}

/** Between uint8 at an end of the model and int8 inside. */
function flip(plan: Plan, from: number, to: number): void {
  const source = plan.ops.at(-1)?.source ?? 0;
  const at = { kind: 'COPY', name: 'QUANTIZE', source } as const;
  plan.ops.push({ ...at, inputs: [from], outputs: [to], parameters: [], macs: 0 });
}

/** @throws UnsupportedError when the operator has uint8 tensors and its rules for them are not ours */
function expectSigned(context: OpContext): void {
  const { operator, name } = context.op;
  if (unsignedOperators.has(name)) return;
  for (const index of [...operator.inputs, ...operator.outputs]) {
    if (index < 0 || !context.isUnsigned(index)) continue;
    throw context.unsupported('the operator does not take uint8', {
      tensor: index,
      expected: 'int8',
      received: 'uint8',
    });
  }
}

function expectArena(bytes: number, most: number): void {
  if (bytes <= most) return;
  throw new UnsupportedError(`arena: expected at most ${most} bytes of activations but received ${bytes}`, {
    code: 'ARENA_TOO_LARGE',
    where: 'arena',
    expected: `at most ${most} bytes`,
    received: `${bytes}`,
    hint: 'Pass a larger maxArenaBytes if you trust the model and have the memory.',
  });
}
