import { describe, expect, it } from 'vitest';
import {
  BlockwiseQuantizationT,
  BuiltinOptions,
  IfOptionsT,
  type Model,
  QuantizationDetails,
  readModel,
  type TensorT,
  TfliteError,
  writeModel,
} from './index.js';
import { smallModel } from './test-support/small-model.js';

function thrownBy(act: () => unknown): TfliteError {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(TfliteError);
    return error as TfliteError;
  }
  throw new Error('nothing was thrown');
}

const tensor = (model: Model, name: string): TensorT =>
  model.subgraphs[0]!.tensors.find((one) => one.name === name)!;
const operator = (model: Model, index: number) => model.subgraphs[0]!.operators[index]!;

/** Ways to break the small model, where the fault lies and what must be said of it. */
const faults: [what: string, breakIt: (model: Model) => void, where: string, message: RegExp][] = [
  [
    'a tensor’s buffer',
    (model) => Object.assign(tensor(model, 'kernel'), { buffer: 99 }),
    'subgraphs[0].tensors[1].buffer ("kernel")',
    /an index below \d+ \(number of buffers\) but received 99$/,
  ],
  [
    'an operator’s input',
    (model) => Object.assign(operator(model, 0).inputs, { 1: 77 }),
    'subgraphs[0].operators[0].inputs[1] (CONV_2D)',
    /an index below 9 \(number of tensors\) but received 77$/,
  ],
  [
    'an operator code',
    (model) => Object.assign(operator(model, 2), { opcodeIndex: 3 }),
    'subgraphs[0].operators[2].opcodeIndex',
    /an index below 3 \(number of operator codes\) but received 3$/,
  ],
  [
    'an output of the graph',
    (model) => Object.assign(model.subgraphs[0]!, { outputs: [-1] }),
    'subgraphs[0].outputs[0]',
    /below 9 .* received -1$/,
  ],
  [
    'a size',
    (model) => Object.assign(tensor(model, 'x').shape, { 2: -3 }),
    'subgraphs[0].tensors[0].shape[2] ("x")',
    /a size of at least 0 but received -3$/,
  ],
  [
    'the rank',
    (model) => Object.assign(tensor(model, 'x'), { shape: new Array(33).fill(1) }),
    'subgraphs[0].tensors[0].shape ("x")',
    /at most 32 dimensions but received 33$/,
  ],
  [
    'the length of data',
    (model) => Object.assign(tensor(model, 'weights').shape, { 0: 30 }),
    'subgraphs[0].tensors[4].buffer ("weights")',
    /a buffer of 240 bytes for shape \[30, 8\] but received buffer \d of 24 bytes$/,
  ],
  [
    'the number of scales',
    (model) => Object.assign(tensor(model, 'kernel').shape, { 0: 1 }),
    'subgraphs[0].tensors[1].quantization.scale ("kernel")',
    /1 value, or 1 along dimension 0 of \[1, 2, 2, 1\] but received 2$/,
  ],
  [
    'the number of zero points',
    (model) => Object.assign(tensor(model, 'kernel').quantization!, { zeroPoint: new BigInt64Array(3) }),
    'subgraphs[0].tensors[1].quantization.zeroPoint ("kernel")',
    /2 values, one for each scale but received 3$/,
  ],
  [
    'metadata',
    (model) => Object.assign(model, { metadataBuffer: [0, 55] }),
    'metadataBuffer[1]',
    /number of buffers\) but received 55$/,
  ],
  [
    'the subgraph of a branch',
    (model) =>
      Object.assign(operator(model, 1), {
        builtinOptionsType: BuiltinOptions.IfOptions,
        builtinOptions: new IfOptionsT(0, 6),
      }),
    'subgraphs[0].operators[1].builtinOptions.elseSubgraphIndex (RESHAPE)',
    /an index below 1 \(number of subgraphs\) but received 6$/,
  ],
  [
    'the tensor of blockwise scales',
    (model) =>
      Object.assign(tensor(model, 'kernel').quantization!, {
        detailsType: QuantizationDetails.BlockwiseQuantization,
        details: new BlockwiseQuantizationT(44),
      }),
    'subgraphs[0].tensors[1].quantization.details.scales ("kernel")',
    /below 9 .* received 44$/,
  ],
  [
    'subgraphs',
    (model) => Object.assign(model, { subgraphs: [] }),
    'subgraphs',
    /at least one subgraph but received none$/,
  ],
];

it.each(faults)('%s that is wrong is refused when written', (_, breakIt, where, message) => {
  const model = smallModel();
  breakIt(model);
  const error = thrownBy(() => writeModel(model));
  expect(error.where).toBe(`Model.${where}`);
  expect(error.message).toMatch(message);
});

it('options without their type are refused when written', () => {
  const model = smallModel();
  operator(model, 0).builtinOptionsType = BuiltinOptions.NONE;
  expect(() => writeModel(model)).toThrow(
    /Operator.builtinOptionsType: expected the type of its BuiltinOptions/,
  );
});

it('a quantized dimension outside the shape passes, as in models in use with TensorFlow Lite Micro', () => {
  const model = smallModel();
  tensor(model, 'kernel').quantization!.quantizedDimension = 7;
  expect(tensor(readModel(writeModel(model)), 'kernel').quantization!.quantizedDimension).toBe(7);
});

describe('a wrong reference in a file', () => {
  const marker = 0x0badf00d;

  it('is reported with the byte where it stands', () => {
    const bytes = writeModel(smallModel());
    const fields = new Set<string>();
    for (let at = 0; at + 4 <= bytes.length; at += 4) {
      const damaged = bytes.slice();
      new DataView(damaged.buffer).setUint32(at, marker, true);
      try {
        readModel(damaged);
      } catch (error) {
        const { where, received } = error as TfliteError;
        if (received !== `${marker}` || /vector|offset/.test((error as TfliteError).expected!)) continue;
        const [, field, place] = /(\w+)(?:\[\d+\])?(?: \(.*\))? at byte (\d+)$/.exec(where!)!;
        expect(Number(place), where).toBe(at);
        fields.add(field!);
      }
    }
    expect([...fields].sort()).toEqual(
      expect.arrayContaining(['buffer', 'inputs', 'opcodeIndex', 'outputs']),
    );
  });
});
