import { ActivationFunctionType, TensorType, UnidirectionalSequenceLSTMOptionsT } from '@weightfold/tflite';
import type { OpContext, Quantized } from '../plan/op-context.js';
import { multipliersOf } from './scales.js';
import { sigmoidTable, tanhScale } from './sigmoid.js';
import { bias, expectState, symmetricWeights } from './weights.js';

/** Where the operator has its inputs. Gates stand in the order input, forget, cell, output. */
const slots = {
  inputWeights: 1,
  recurrentWeights: 5,
  peepholes: 9,
  biases: 12,
  projection: 16,
  hidden: 18,
  cell: 19,
  norms: 20,
};
const gates = [0, 1, 2, 3];

/** Sums before a gate's activation are multiples of 2^-12, what comes out of it of 2^-15. */
const gateInput = 2 ** -12;
const gateOutput = 2 ** -15;

/**
 * UNIDIRECTIONAL_SEQUENCE_LSTM as TFLite Micro has it: int8 or int16 activations, int16 cells with a power of two as scale, no
 * peepholes, projection or layer normalization. Input [batch, steps, inputs], or [steps, batch, inputs] if time_major.
 */
export function lowerLstm(context: OpContext): void {
  const options = context.options(UnidirectionalSequenceLSTMOptionsT);
  const [x, y] = [context.inputIndex(0), context.outputIndex(0)];
  const [hiddenIndex, cellIndex] = [context.inputIndex(slots.hidden), context.inputIndex(slots.cell)];
  for (const index of [x, y]) context.expectRank(index, 3);
  expectPlain(context, options);
  const type = context.source(x).type === TensorType.INT16 ? TensorType.INT16 : TensorType.INT8;
  const input = context.quantized(x, type);
  const hidden = context.quantized(hiddenIndex, type);
  const cell = context.quantized(cellIndex, TensorType.INT16);
  const output = context.quantized(y, type);
  const [inputs, cells] = [input.shape[2]!, output.shape[2]!];
  const batch = input.shape[options.timeMajor ? 1 : 0]!;
  context.expectShape(y, [...input.shape.slice(0, 2), cells]);
  for (const state of [hiddenIndex, cellIndex]) expectState(context, state, batch * cells);
  const parts = gates.map((gate) => lowerGate(context, { gate, type, input, hidden, inputs, cells }));
  const of = (pick: (part: Gate) => number) => parts.map(pick);
  context.emit(
    'UNIDIRECTIONAL_SEQUENCE_LSTM',
    [
      context.use(x),
      ...of((part) => part.inputWeights),
      ...of((part) => part.recurrentWeights),
      ...of((part) => part.bias),
      context.use(hiddenIndex),
      context.use(cellIndex),
      context.constant('sigmoid', sigmoidTable()),
    ],
    [context.use(y)],
    [
      options.timeMajor ? 1 : 0,
      cellClip(options.cellClip, cell),
      ...tanhScale(cellPower(context, cellIndex, cell)),
      ...parts.flatMap((part) => part.factors),
      ...multipliersOf(context, [(gateOutput * cell.scale) / cell.scale]),
      ...multipliersOf(context, [gateOutput ** 2 / cell.scale]),
      ...multipliersOf(context, [gateOutput ** 2 / hidden.scale]),
    ],
  );
}

interface Gate {
  inputWeights: number;
  recurrentWeights: number;
  bias: number;
  factors: number[];
}

interface GateShape {
  gate: number;
  type: TensorType;
  input: Quantized;
  hidden: Quantized;
  inputs: number;
  cells: number;
}

function lowerGate(context: OpContext, { gate, type, input, hidden, inputs, cells }: GateShape): Gate {
  const wide = type === TensorType.INT16;
  const w = context.inputIndex(slots.inputWeights + gate);
  const r = context.inputIndex(slots.recurrentWeights + gate);
  const scaleOf = (index: number, columns: number) => symmetricWeights(context, index, [cells, columns]);
  const real = (from: Quantized, scale: number) => (from.scale * scale) / gateInput;
  const mostShift = wide ? 14 : 30;
  return {
    inputWeights: context.use(w),
    recurrentWeights: context.use(r),
    bias: bias(context, cells, slots.biases + gate, wide ? TensorType.INT64 : TensorType.INT32),
    factors: [
      ...multipliersOf(context, [real(input, scaleOf(w, inputs))], mostShift),
      ...multipliersOf(context, [real(hidden, scaleOf(r, cells))], mostShift),
    ],
  };
}

/** Refuses what TFLite Micro's integer kernel does not have, by name. */
function expectPlain(context: OpContext, options: UnidirectionalSequenceLSTMOptionsT): void {
  const has = (first: number, count: number) =>
    Array.from({ length: count }, (_, i) => first + i).some((i) => context.hasInput(i));
  const extra =
    (has(slots.peepholes, 3) && 'peepholes') ||
    (has(slots.projection, 2) && 'a projection') ||
    (has(slots.norms, 4) && 'layer normalization');
  if (extra) throw context.unsupported(`${extra} is not supported`, {});
  if (options.fusedActivationFunction !== ActivationFunctionType.TANH) {
    throw context.unsupported('the activation of the cells is not supported', {
      expected: 'TANH',
      received:
        ActivationFunctionType[options.fusedActivationFunction] ?? `${options.fusedActivationFunction}`,
    });
  }
}

/** The largest cell in codes, truncated; 0 for no limit. */
function cellClip(clip: number, cell: Quantized): number {
  return clip > 0 ? Math.trunc(Math.min(clip / cell.scale, 32767)) : 0;
}

function cellPower(context: OpContext, index: number, cell: Quantized): number {
  const power = Math.round(Math.log2(cell.scale));
  if (2 ** power === cell.scale && cell.zeroPoint === 0 && power >= -15 && power <= 0) return power;
  throw context.unsupported('wrong quantization of the cells', {
    tensor: index,
    expected: 'zero point 0 and a scale of 2^-15 to 1 that is a power of two',
    received: `zero point ${cell.zeroPoint}, scale ${cell.scale}`,
  });
}
