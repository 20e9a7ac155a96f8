import { needing, noise, outputsOf } from '@weightfold/test-support';
import {
  ActivationFunctionType,
  AddOptionsT,
  BuiltinOptions,
  Conv2DOptionsT,
  DepthwiseConv2DOptionsT,
  FullyConnectedOptionsT,
  Padding,
  Pool2DOptionsT,
  ReducerOptionsT,
  SoftmaxOptionsT,
  TensorType,
} from '@weightfold/tflite';
import { expect, it } from 'vitest';
import { Model } from './index.js';
import { addon } from './native/addon.js';
import { at, buildOneOp, type Constant, integers, type OneOp, pairs, plain } from './test-support/one-op.js';
import { inputBytes, runOurs } from './test-support/run.js';

// Every op by itself, in the settings that real networks of the conformance test do not reach, against TensorFlow Lite Micro.

const codes = (shape: number[], seed = 5) =>
  new Int8Array(
    noise(
      shape.reduce((product, n) => product * n, 1),
      seed,
    ).buffer,
  ).map((v) => Math.max(-127, v));

/** Weights with one scale, or one for each slice of `dimension`. */
function weights(shape: number[], dimension: number | null): Constant {
  const count = dimension === null ? 1 : shape[dimension]!;
  const scale = Array.from({ length: count }, (_, i) => Math.fround(0.004 + 0.0011 * (i % 7)));
  const quantization = { scale, zeroPoint: scale.map(() => 0), dimension: dimension ?? 0 };
  return { shape, data: codes(shape), quantization };
}

function bias(channels: number, inputScale: number, of: Constant): Constant {
  const scale = Array.from(of.quantization!.scale, (s) => Math.fround(s * inputScale));
  const quantization = { scale, zeroPoint: scale.map(() => 0) };
  return { shape: [channels], data: Int32Array.from(codes([channels], 9), (v) => v * 40), quantization };
}

const { NONE, RELU, RELU6, RELU_N1_TO_1 } = ActivationFunctionType;
const { SAME, VALID } = Padding;
const image = [1, 9, 7, 5];

function pool(
  op: 'AVERAGE_POOL_2D' | 'MAX_POOL_2D',
  padding: Padding,
  shape: number[],
  fused: ActivationFunctionType,
) {
  const options = new Pool2DOptionsT(padding, 2, 3, 2, 3, fused);
  return { op, inputs: [at(image)], output: at(shape), optionsType: BuiltinOptions.Pool2DOptions, options };
}

function add(
  a: number[],
  b: number[],
  scales: [number, number, number],
  fused: ActivationFunctionType,
): OneOp {
  const inputs = [at(a, scales[0], 7), at(b, scales[1], -30)];
  const shape = a.length >= b.length ? a : b;
  const options = new AddOptionsT(fused);
  return {
    op: 'ADD',
    inputs,
    output: at(shape, scales[2], 3),
    optionsType: BuiltinOptions.AddOptions,
    options,
  };
}

function mean(keep: boolean, scale: number, zero: number, shape = [1, 7, 7, 24]): OneOp {
  const output = at(keep ? [shape[0]!, 1, 1, shape[3]!] : [shape[0]!, shape[3]!], scale, zero);
  const inputs = [at(shape), integers(1, 2)];
  const options = new ReducerOptionsT(keep);
  return { op: 'MEAN', version: 2, inputs, output, optionsType: BuiltinOptions.ReducerOptions, options };
}

function softmax(shape: number[], scale: number, beta = 1): OneOp {
  const output = at(shape, 1 / 256, -128);
  const options = new SoftmaxOptionsT(beta);
  const optionsType = BuiltinOptions.SoftmaxOptions;
  return { op: 'SOFTMAX', version: 2, inputs: [at(shape, scale)], output, optionsType, options };
}

function conv(w: number[], output: number[], options: Conv2DOptionsT): OneOp {
  const kernel = weights(w, 0);
  const inputs = [at([1, 9, 7, 8]), kernel, bias(w[0]!, Math.fround(0.05), kernel)];
  const optionsType = BuiltinOptions.Conv2DOptions;
  return { op: 'CONV_2D', version: 3, inputs, output: at(output, 0.3, 11), optionsType, options };
}

function depthwise(w: number[], output: number[], options: DepthwiseConv2DOptionsT): OneOp {
  const kernel = weights(w, 3);
  const inputs = [at([1, 9, 7, 8]), kernel, bias(w[3]!, Math.fround(0.05), kernel)];
  const optionsType = BuiltinOptions.DepthwiseConv2DOptions;
  return { op: 'DEPTHWISE_CONV_2D', version: 3, inputs, output: at(output, 0.2, 11), optionsType, options };
}

function dense(rows: number, perChannel: boolean, withBias: boolean, fused: ActivationFunctionType): OneOp {
  const w = weights([19, 43], perChannel ? 0 : null);
  const inputs = [at([rows, 43]), w, withBias ? bias(19, Math.fround(0.05), w) : null];
  const options = new FullyConnectedOptionsT(fused);
  const optionsType = BuiltinOptions.FullyConnectedOptions;
  return { op: 'FULLY_CONNECTED', version: 5, inputs, output: at([rows, 19], 0.2, -9), optionsType, options };
}

const cases: Record<string, OneOp> = {
  'average pool, same': pool('AVERAGE_POOL_2D', SAME, [1, 3, 4, 5], RELU6),
  'average pool, valid': pool('AVERAGE_POOL_2D', VALID, [1, 3, 3, 5], NONE),
  'max pool, same': pool('MAX_POOL_2D', SAME, [1, 3, 4, 5], RELU),
  'max pool, valid': pool('MAX_POOL_2D', VALID, [1, 3, 3, 5], RELU_N1_TO_1),
  'add, like scales': add(image, image, [0.05, 0.051, 0.1], NONE),
  'add, unlike scales': add(image, image, [0.2, 0.003, 0.07], RELU),
  'add, a row to all': add(image, [1, 1, 1, 5], [0.02, 0.05, 0.06], RELU6),
  'add, a scalar in front': add([1], [4, 6], [0.02, 0.05, 0.06], NONE),
  'mean, same scale': mean(true, 0.05, -4),
  'mean, other scale': mean(false, 0.021, 9),
  'mean, coarser scale': mean(true, 0.11, -100, [1, 3, 5, 40]),
  'softmax, one row': softmax([1, 10], 0.1),
  'softmax, rows': softmax([6, 12], 0.04),
  'softmax, flat': softmax([1, 35], 0.0007),
  'softmax, steep': softmax([3, 5], 0.9, 2),
  'convolution, valid and dilated': conv(
    [6, 3, 2, 8],
    [1, 5, 5, 6],
    new Conv2DOptionsT(VALID, 1, 1, RELU6, 2, 2),
  ),
  'convolution, strided and dilated': conv(
    [17, 3, 3, 8],
    [1, 9, 4, 17],
    new Conv2DOptionsT(SAME, 2, 1, NONE, 1, 3),
  ),
  'convolution, grouped': conv([12, 3, 3, 2], [1, 9, 7, 12], new Conv2DOptionsT(SAME, 1, 1, NONE, 1, 1)),
  'depthwise, valid': depthwise(
    [1, 3, 3, 8],
    [1, 7, 5, 8],
    new DepthwiseConv2DOptionsT(VALID, 1, 1, 1, RELU, 1, 1),
  ),
  'depthwise, dilated': depthwise(
    [1, 3, 3, 16],
    [1, 5, 3, 16],
    new DepthwiseConv2DOptionsT(VALID, 1, 1, 2, NONE, 2, 2),
  ),
  'dense, one scale': dense(1, false, true, RELU),
  'dense, a scale per channel': dense(3, true, true, NONE),
  'dense, without bias': dense(2, false, false, RELU6),
  pad: { op: 'PAD', inputs: [at(image), pairs(0, 0, 1, 2, 3, 0, 0, 1)], output: at([1, 12, 10, 6]) },
  'pad with a value': {
    op: 'PADV2',
    inputs: [
      at(image),
      pairs(0, 0, 1, 1, 0, 2, 0, 0),
      { shape: [1], data: Int8Array.of(77), quantization: { scale: [Math.fround(0.05)], zeroPoint: [-4] } },
    ],
    output: at([1, 11, 9, 5]),
  },
  'requantize to finer': { op: 'QUANTIZE', version: 2, inputs: [at(image)], output: at(image, 0.013, 60) },
  'requantize to coarser': { op: 'QUANTIZE', version: 2, inputs: [at(image)], output: at(image, 0.4, -1) },
  dequantize: { op: 'DEQUANTIZE', version: 2, inputs: [at(image, 0.0371, 17)], output: plain(image) },
  relu: { op: 'RELU', version: 2, inputs: [at(image)], output: at(image, 0.03, -128) },
  'relu6, same quantization': { op: 'RELU6', version: 2, inputs: [at(image)], output: at(image) },
  transpose: {
    op: 'TRANSPOSE',
    version: 2,
    inputs: [at([1, 3, 4, 5]), integers(0, 3, 1, 2)],
    output: at([1, 5, 3, 4]),
  },
  reshape: { op: 'RESHAPE', inputs: [at(image), integers(1, 315)], output: at([1, 315]) },
};

it(
  'every op gives the bytes of TensorFlow Lite Micro on every instruction set',
  needing('python'),
  async () => {
    const judged = Object.values(cases).map((one, i) => {
      const model = buildOneOp(one);
      const probe = Model.load(model);
      const examples = noise(4 * inputBytes(probe), 100 + i);
      probe.dispose();
      return { model, examples };
    });
    const theirs = await outputsOf('tflm', judged);
    for (const [i, name] of Object.keys(cases).entries()) {
      for (const isa of addon().availableIsas()) {
        const model = Model.load(judged[i]!.model, { isa });
        const ours = runOurs(model, judged[i]!.examples);
        model.dispose();
        expect.soft(ours.toString('hex'), `${name}, ${isa}`).toBe(theirs[i]!.toString('hex'));
      }
    }
  },
);

/** Reals about the codes of a scale: halves between them, their neighbours in float, and what lies beyond. */
function realsAbout(scale: number, count: number): Uint8Array {
  const values = Float32Array.from({ length: count }, (_, i) => (i / 2 - count / 4) * Math.fround(scale));
  const bits = new Int32Array(values.buffer).map((b, i) => (b === 0 ? 0 : b + ((i % 3) - 1)));
  const reals = new Float32Array(bits.buffer);
  reals.set([0, -0, 1e6, -1e6, 2 ** -149], 0);
  return new Uint8Array(reals.buffer);
}

it(
  'float inputs become the codes of TensorFlow Lite Micro; beyond int32 they saturate',
  needing('python'),
  async () => {
    const shape = [1, 630];
    const judged = [0.05, 1 / 255, 0.3].map((scale, i) => ({
      model: buildOneOp({ op: 'QUANTIZE', inputs: [plain(shape)], output: at(shape, scale, 5 * i - 4) }),
      examples: realsAbout(scale, 630),
    }));
    const theirs = await outputsOf('tflm', judged);
    for (const [i, { model, examples }] of judged.entries()) {
      const loaded = Model.load(model);
      expect(runOurs(loaded, examples).toString('hex')).toBe(theirs[i]!.toString('hex'));
      const far = Float32Array.from({ length: 630 }, () => 0);
      far.set([3e38, Number.POSITIVE_INFINITY, -3e38, Number.NEGATIVE_INFINITY, Number.NaN]);
      expect([...loaded.run([far])[0]!.subarray(0, 5)]).toEqual([127, 127, -128, -128, -128]);
      loaded.dispose();
    }
  },
);

it('what is too large for a kernel is refused with operator, tensor, limit and remedy', () => {
  const sum: OneOp = { op: 'SUM', version: 2, inputs: [at([2 ** 23 + 8]), integers(0)], output: at([]) };
  expect(() => Model.load(buildOneOp(sum))).toThrow(
    expect.objectContaining({
      where: 'operator 0 (SUM), output tensor y0',
      message: expect.stringContaining('reduced elements is 8388616, expected 1 to 8388608'),
      hint: 'reduce one dimension after the other',
    }),
  );
});

it('CAST of int64 is refused with operator and tensor', () => {
  for (const [from, to] of [
    [TensorType.INT64, TensorType.INT32],
    [TensorType.INT32, TensorType.INT64],
  ] as const) {
    const model = buildOneOp({ op: 'CAST', inputs: [plain([4], from)], output: plain([4], to) });
    expect(() => Model.load(model)).toThrow(
      /operator 0 \(CAST\), tensor \d .*expected int8, uint8.*received int64/,
    );
  }
});
