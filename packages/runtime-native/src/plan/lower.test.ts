import {
  AddOptionsT,
  BuiltinOperator,
  BuiltinOptions,
  type Model,
  ModelBuilder,
  OperatorCodeT,
  TensorType,
} from '@weightfold/tflite';
import { expect, it } from 'vitest';
import { addon } from '../native/addon.js';
import { encodePlan } from './encode.js';
import { defaultMaxArenaBytes, lower } from './lower.js';

const quantization = { scale: [0.5], zeroPoint: [0] };

/** A model of RELUs (one input) and ADDs (two) between tensors of one shape, numbered from 0, which is the input. */
function network(ops: [inputs: number[], output: number][], outputs: number[], shape = [1, 8]): Model {
  const builder = new ModelBuilder('network');
  const used = new Set([0, ...outputs, ...ops.flatMap(([inputs, output]) => [...inputs, output])]);
  for (let i = 0; i < used.size; i++)
    builder.addTensor({ name: `t${i}`, shape, type: TensorType.INT8, quantization });
  for (const [inputs, output] of ops) {
    const add = {
      builtin: BuiltinOperator.ADD,
      optionsType: BuiltinOptions.AddOptions,
      options: new AddOptionsT(),
    };
    const kind = inputs.length === 2 ? add : { builtin: BuiltinOperator.RELU };
    builder.addOperator({ ...kind, inputs, outputs: [output] });
  }
  return builder.build([0], outputs);
}

it('refuses an operator that reads what no operator before it wrote, and names both', () => {
  expect(() =>
    lower(
      network(
        [
          [[0, 2], 1],
          [[1], 2],
        ],
        [2],
      ),
    ),
  ).toThrow(
    expect.objectContaining({
      code: 'BAD_TFLITE',
      where: 'operator 0 (ADD), tensor 2 (t2)',
      message: expect.stringContaining('needs a value before it is read'),
    }),
  );
});

it('refuses a reshape of what is written only after it', () => {
  const model = network(
    [
      [[1], 2],
      [[0], 1],
      [[2], 3],
    ],
    [3],
  );
  model.operatorCodes.push(new OperatorCodeT(BuiltinOperator.RESHAPE, null, 1, BuiltinOperator.RESHAPE));
  model.subgraphs[0]!.operators[0]!.opcodeIndex = 1;
  expect(() => lower(model)).toThrow(/operator 0 \(RESHAPE\), tensor 1 \(t1\)/);
});

it('refuses a second writer, and an output that is never written', () => {
  expect(() =>
    lower(
      network(
        [
          [[0], 1],
          [[0], 1],
        ],
        [1],
      ),
    ),
  ).toThrow(/operator 1 \(RELU\).* by one operator/);
  expect(() => lower(network([[[0], 0]], [0]))).toThrow(/operator 0 \(RELU\), tensor 0/);
  expect(() => lower(network([[[0], 1]], [1, 2]))).toThrow(/outputs of the model, tensor 2 \(t2\)/);
});

it('keeps a variable out of the arena, and copies it where another tensor would share its memory', () => {
  const model = network(
    [
      [[1], 2],
      [[0, 2], 3],
    ],
    [3],
  );
  const { tensors, operators } = model.subgraphs[0]!;
  tensors[1]!.isVariable = true;
  tensors[1]!.quantization!.zeroPoint = BigInt64Array.of(-3n);
  model.operatorCodes.push(new OperatorCodeT(BuiltinOperator.RESHAPE, null, 1, BuiltinOperator.RESHAPE));
  operators[0]!.opcodeIndex = model.operatorCodes.length - 1;
  const plan = lower(model);
  const variable = plan.tensors.find(({ name }) => name === 't1')!;
  expect(variable).toMatchObject({ location: 'state', offset: 0, data: new Uint8Array(8).fill(253) });
  expect(plan.ops.map(({ kind }) => kind)).toEqual(['COPY', 'ADD']);
});

it('refuses an arena beyond the limit, which can be raised', () => {
  const half = defaultMaxArenaBytes / 2;
  const model = network([[[0], 1]], [1], [1, half + 16]);
  expect(() => lower(model)).toThrow(
    expect.objectContaining({ code: 'ARENA_TOO_LARGE', received: `${2 * half + 32}` }),
  );
  expect(lower(model, { maxArenaBytes: 2 ** 30 }).arenaBytes).toBe(2 * half + 32);
  expect(lower(network([[[0], 1]], [1], [1, half])).arenaBytes).toBe(defaultMaxArenaBytes);
});

it('lowers, encodes and loads 100,000 operators', () => {
  const count = 100_000;
  const chain = lower(
    network(
      Array.from({ length: count }, (_, i) => [[i, i], i + 1]),
      [count],
    ),
  );
  expect(chain.arenaBytes).toBe(32);
  const native = addon().loadPlan(encodePlan(chain), 'scalar', chain.arenaBytes, 1);
  native.invoke();
  native.dispose(native.arena);
});
