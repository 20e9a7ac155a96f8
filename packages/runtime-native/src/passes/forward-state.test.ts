import { needing, noise, outputsOf } from '@weightfold/test-support';
import {
  AddOptionsT,
  BuiltinOperator,
  BuiltinOptions,
  ModelBuilder,
  TensorType,
  type Model as TfliteModel,
  VarHandleOptionsT,
  writeModel,
} from '@weightfold/tflite';
import { expect, it } from 'vitest';
import { Model } from '../index.js';
import { addon } from '../native/addon.js';
import { lower } from '../plan/lower.js';
import { runOurs } from '../test-support/run.js';

const activation = {
  shape: [1, 16],
  type: TensorType.INT8,
  quantization: { scale: [0.5], zeroPoint: [-7] },
};

type Step =
  | ['read' | 'assign', tensor: string, variable: string]
  | ['relu', input: string, output: string]
  | ['add', a: string, b: string, sum: string];

/** A model of steps on two variables; x is its input, y its output. */
function model(steps: Step[]): TfliteModel {
  const builder = new ModelBuilder('variables');
  const tensors = new Map<string, number>();
  const tensor = (name: string) => {
    const known = tensors.get(name) ?? builder.addTensor({ name, ...activation });
    tensors.set(name, known);
    return known;
  };
  const x = tensor('x');
  const handles = new Map<string, number>();
  for (const name of ['v', 'w']) {
    const handle = builder.addTensor({ name: `handle ${name}`, shape: [1], type: TensorType.RESOURCE });
    handles.set(name, handle);
    const options = new VarHandleOptionsT('', name);
    const optionsType = BuiltinOptions.VarHandleOptions;
    builder.addOperator({
      builtin: BuiltinOperator.VAR_HANDLE,
      inputs: [],
      outputs: [handle],
      optionsType,
      options,
    });
  }
  for (const step of steps) {
    if (step[0] === 'add') {
      const spec = { optionsType: BuiltinOptions.AddOptions, options: new AddOptionsT(), version: 2 };
      const inputs = [tensor(step[1]), tensor(step[2])];
      builder.addOperator({ builtin: BuiltinOperator.ADD, inputs, outputs: [tensor(step[3])], ...spec });
    } else if (step[0] === 'relu') {
      const [, input, output] = step;
      const ends = { inputs: [tensor(input)], outputs: [tensor(output)] };
      builder.addOperator({ builtin: BuiltinOperator.RELU, ...ends });
    } else {
      const [kind, name, variable] = step;
      const handle = handles.get(variable)!;
      const [builtin, inputs, outputs] =
        kind === 'read'
          ? ([BuiltinOperator.READ_VARIABLE, [handle], [tensor(name)]] as const)
          : ([BuiltinOperator.ASSIGN_VARIABLE, [handle, tensor(name)], []] as const);
      builder.addOperator({ builtin, inputs: [...inputs], outputs: [...outputs] });
    }
  }
  return builder.build([x], [tensor('y')]);
}

const cases: Record<string, { steps: Step[]; copies: number }> = {
  'reads and writes directly': {
    steps: [
      ['read', 'a', 'v'],
      ['add', 'a', 'x', 'b'],
      ['add', 'x', 'a', 'y'],
      ['add', 'x', 'x', 'c'],
      ['assign', 'c', 'v'],
      ['assign', 'b', 'w'],
    ],
    copies: 0,
  },
  'keeps what is read before and used after an assignment': {
    steps: [
      ['read', 'a', 'v'],
      ['assign', 'x', 'v'],
      ['add', 'a', 'x', 'y'],
    ],
    copies: 2,
  },
  'keeps a value that is assigned after the old one was used': {
    steps: [
      ['add', 'x', 'x', 'b'],
      ['read', 'a', 'v'],
      ['add', 'a', 'x', 'y'],
      ['assign', 'b', 'v'],
    ],
    copies: 1,
  },
  'does not write what the same op reads': {
    steps: [
      ['read', 'a', 'v'],
      ['add', 'a', 'x', 'b'],
      ['assign', 'b', 'v'],
      ['add', 'x', 'x', 'y'],
    ],
    copies: 1,
  },
  'takes the last of two assignments': {
    steps: [
      ['read', 'a', 'v'],
      ['add', 'a', 'x', 'y'],
      ['add', 'x', 'x', 'b'],
      ['add', 'b', 'x', 'c'],
      ['assign', 'c', 'v'],
      ['assign', 'b', 'v'],
    ],
    copies: 1,
  },
  'does not let an op that writes a variable work in place': {
    steps: [
      ['add', 'x', 'x', 'a'],
      ['add', 'a', 'x', 'b'],
      ['assign', 'b', 'v'],
      ['read', 'y', 'v'],
    ],
    copies: 1,
  },
  'does not fuse an activation that writes a variable': {
    steps: [
      ['add', 'x', 'x', 'a'],
      ['read', 'b', 'v'],
      ['add', 'b', 'x', 'y'],
      ['relu', 'a', 'c'],
      ['assign', 'c', 'v'],
    ],
    copies: 0,
  },
};

it.each(Object.entries(cases))('%s', (_, { steps, copies }) => {
  expect(lower(model(steps)).ops.filter(({ kind }) => kind === 'COPY')).toHaveLength(copies);
});

it('gives the bytes of TensorFlow Lite Micro over twenty runs', needing('python'), async () => {
  const examples = noise(20 * 16, 5).map((code) => code >> 4);
  const judged = Object.values(cases).map(({ steps }) => ({ model: writeModel(model(steps)), examples }));
  const theirs = await outputsOf('tflm', judged);
  for (const [i, name] of Object.keys(cases).entries()) {
    for (const isa of addon().availableIsas()) {
      const ours = runOurs(Model.load(judged[i]!.model, { isa }), examples);
      expect.soft(ours.toString('hex'), `${name}, ${isa}`).toBe(theirs[i]!.toString('hex'));
    }
  }
});
