import { needing, noise, outputsOf } from '@weightfold/test-support';
import {
  ActivationFunctionType,
  AddOptionsT,
  BuiltinOperator,
  BuiltinOptions,
  Conv2DOptionsT,
  LeakyReluOptionsT,
  MaximumMinimumOptionsT,
  ModelBuilder,
  MulOptionsT,
  type OperatorSpec,
  Padding,
  SubOptionsT,
  TensorType,
  writeModel,
} from '@weightfold/tflite';
import { expect, it } from 'vitest';
import { Model } from './index.js';
import { type Dice, dice } from './test-support/dice.js';
import { inputBytes, runOurs } from './test-support/run.js';

// Networks of element-wise operators and convolutions of 1 × 1, whose operands are any tensors that came before: operators that work in
// place, whose activation is fused, or whose neighbours are stored as uint8 must leave every byte as it is.

const shape = [1, 3, 5, 6];
const { NONE } = ActivationFunctionType;
const unary = ['ABS', 'HARD_SWISH', 'LEAKY_RELU', 'RELU'] as const;
const binary = ['SUB', 'MUL', 'ADD', 'MAXIMUM', 'PRELU'] as const;

const options: Record<string, Pick<OperatorSpec, 'optionsType' | 'options'>> = {
  LEAKY_RELU: {
    optionsType: BuiltinOptions.LeakyReluOptions,
    options: new LeakyReluOptionsT(Math.fround(0.2)),
  },
  SUB: { optionsType: BuiltinOptions.SubOptions, options: new SubOptionsT(NONE) },
  MUL: { optionsType: BuiltinOptions.MulOptions, options: new MulOptionsT(NONE) },
  ADD: { optionsType: BuiltinOptions.AddOptions, options: new AddOptionsT(NONE) },
  MAXIMUM: { optionsType: BuiltinOptions.MaximumMinimumOptions, options: new MaximumMinimumOptionsT() },
};

// One quantization for all activations: MAXIMUM needs it, and RELU is a mere clamp then.
const quantization = { scale: [Math.fround(0.05)], zeroPoint: [-10] };

function network({ pick, between, bytes }: Dice): Uint8Array {
  const builder = new ModelBuilder('elements');
  const type = TensorType.INT8;
  const activation = (name: string) => builder.addTensor({ name, shape, type, quantization });
  const tensors = [activation('x0'), activation('x1')];
  for (let i = 0; i < 9; i++) {
    const op = pick([...unary, ...binary, 'CONV_2D'] as const);
    const inputs = [pick(tensors.slice(-2))];
    if (op === 'CONV_2D') {
      const scale = { scale: [Math.fround(0.01)], zeroPoint: [0] };
      inputs.push(
        builder.addTensor({ name: `w${i}`, shape: [6, 1, 1, 6], type, quantization: scale, data: bytes(36) }),
        -1,
      );
    } else if ((binary as readonly string[]).includes(op)) {
      const constant = { name: `c${i}`, shape: [6], type, quantization, data: bytes(6) };
      inputs.push(between(0, 2) === 0 || op === 'PRELU' ? builder.addTensor(constant) : pick(tensors));
    }
    const y = activation(`y${i}`);
    const conv = {
      optionsType: BuiltinOptions.Conv2DOptions,
      options: new Conv2DOptionsT(Padding.VALID, 1, 1, NONE, 1, 1),
    };
    builder.addOperator({
      builtin: BuiltinOperator[op],
      version: 2,
      inputs,
      outputs: [y],
      ...(op === 'CONV_2D' ? conv : options[op]),
    });
    tensors.push(y);
  }
  return writeModel(builder.build(tensors.slice(0, 2), tensors.slice(-2)));
}

it('gives the bytes of TensorFlow Lite Micro', needing('python'), async () => {
  const cases = Array.from({ length: 60 }, (_, seed) => {
    const model = network(dice(101 * seed));
    const loaded = Model.load(model);
    const examples = noise(3 * inputBytes(loaded), seed);
    const ours = runOurs(loaded, examples);
    loaded.dispose();
    return { model, examples, ours };
  });
  const theirs = await outputsOf('tflm', cases);
  for (const [seed, { ours }] of cases.entries()) {
    expect.soft(Buffer.compare(ours, theirs[seed]!), `seed ${seed}`).toBe(0);
  }
});
