import fs from 'node:fs';
import path from 'node:path';
import { WeightfoldError } from '@weightfold/base';
import { readNpy } from '@weightfold/datasets';
import { bytesOf, data, needing, outputsOf, readNpz, tfmotFile } from '@weightfold/test-support';
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { scratch } from '../../../test/data.js';
import { randomFor } from '../../random.js';
import { tf } from '../../tf.js';
import { floatLayers, predict } from '../../training/predict.js';
import { importModel } from '../import.js';
import { readTfjsWeights } from '../tfjs/weights.js';

it(
  'TFMOT’s DS-CNN-S from its configuration and weights is the float .tflite',
  needing('data', 'python'),
  async () => {
    const weights = tfmotFile('dscnn_s_base.weights.h5');
    const { graph, state } = await importModel(tfmotFile('dscnn_s_architecture.json'), { weights });
    const x = readNpy(bytesOf(path.join(data, 'fsdd/fsdd_test_x_f32.npy'))).data.slice(
      0,
      100 * 490,
    ) as Float32Array;
    const [ours] = predict(graph, floatLayers(graph, state), new Map([[graph.inputs[0]!.name, x]]), 100);
    const [litert] = await outputsOf('litert', [
      { model: bytesOf(tfmotFile('dscnn_s_base_fp32.tflite')), examples: new Uint8Array(x.buffer) },
    ]);
    const theirs = new Float32Array(new Uint8Array(litert!).buffer);
    const off = ours!.reduce((most, value, i) => Math.max(most, Math.abs(value - theirs[i]!)), 0);
    expect(off).toBeLessThan(1e-4);
  },
);

const folder = path.join(import.meta.dirname, '../../../test/keras');
const made = (name: string) => path.join(folder, name);

/** Largest difference of our outputs for x and those in `expected`. */
async function difference(file: string, x: Float32Array, ...expected: ArrayLike<number>[]): Promise<number> {
  const { graph, state } = await importModel(file);
  const [{ name, shape }] = graph.inputs as [{ name: string; shape: number[] }];
  const count = x.length / shape.reduce((product, n) => product * n, 1);
  const ours = predict(graph, floatLayers(graph, state), new Map([[name, x]]), count);
  expect(ours.map(({ length }) => length)).toEqual(expected.map(({ length }) => length));
  const apart = ours.map((values, k) =>
    values.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[k]![i]!)), 0),
  );
  return Math.max(...apart);
}

// Files that Keras wrote, 2 (tf-keras) and 3, and the outputs that it computed for them: test/keras/make.py.
describe.each(['2', '3'])('Keras %s', (version) => {
  const outputs = readNpz(made(`outputs${version}.npz`));
  const floats = (name: string) => readNpy(outputs[name]!).data as Float32Array;

  it.each(
    ['images', 'sequences', 'plain', 'unusual', 'half'].flatMap((model) => [`${model}.h5`, `${model}.keras`]),
  )('%s gives the outputs of Keras', async (file) => {
    const [model, extension] = file.split('.');
    const own = `${model}${version}`;
    const expected = Object.keys(outputs).filter((name) => name.startsWith(`${own}_y`));
    const [x, ...y] = [`${own}_x`, ...expected.sort()].map(floats) as [Float32Array, Float32Array];
    expect(await difference(made(`${own}.${extension}`), x, ...y)).toBeLessThan(1e-5);
  });
});

it('a tfjs LayersModel gives the outputs of tfjs, also with weights quantized to bytes', async () => {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [6, 6, 2], filters: 4, kernelSize: 3, name: 'first' }),
      tf.layers.batchNormalization({ name: 'first_bn' }),
      tf.layers.reLU(),
      tf.layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', activation: 'tanh' }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 3, activation: 'softmax' }),
    ],
  });
  const dir = scratch();
  await model.save(`file://${dir}`);
  const x = tf.randomUniform([2, 6, 6, 2], -1, 1, 'float32', 7);
  const y = (model.predict(x) as typeof x).dataSync();
  expect(await difference(path.join(dir, 'model.json'), x.dataSync() as Float32Array, y)).toBeLessThan(1e-6);
});

// Made by Google's converter (tensorflowjs 4.22), with the outputs of Keras: test/keras/make_graph_model.py.
it('a tfjs GraphModel gives the outputs of Keras', async () => {
  const arrays = readNpz(made('graph-model2/outputs.npz'));
  const [x, y] = ['x', 'y'].map((name) => readNpy(arrays[name]!).data as Float32Array);
  expect(await difference(made('graph-model2/model.json'), x!, y!)).toBeLessThan(1e-5);
});

describe('tfjs', () => {
  const folder = () => {
    const dir = scratch();
    fs.cpSync(made('graph-model2'), dir, { recursive: true });
    const file = path.join(dir, 'model.json');
    const json = JSON.parse(fs.readFileSync(file, 'utf8'));
    return { file, json, save: () => fs.writeFileSync(file, JSON.stringify(json)) };
  };

  it('a GraphModel gives the outputs that its signature names, in its order', async () => {
    const { file, json, save } = folder();
    const inner = json.modelTopology.node.find(({ op }: { op: string }) => op === 'MaxPool').name;
    const { output_0: last } = json.signature.outputs;
    json.signature.outputs = { first: last, second: { name: `${inner}:0` } };
    save();
    const { graph } = await importModel(file);
    expect(graph.outputs).toHaveLength(2);
    expect(graph.outputs[1]).toBe(inner); // other nodes take it too
    expect(graph.nodes.find(({ name }) => name === graph.outputs[0])?.op).toBe('SOFTMAX');
    json.signature.outputs = { first: { name: 'nowhere' } };
    save();
    await expect(importModel(file)).rejects.toThrow(/signature.outputs: expected nodes of the graph/);
  });

  it('weights of 16 bits are read as such', () => {
    const { file, json } = folder();
    const halves = Uint16Array.of(0x3c00, 0xc000, 0x3555, 0x0001);
    fs.writeFileSync(path.join(path.dirname(file), 'halves.bin'), halves);
    const weights = [{ name: 'w', shape: [2, 2], dtype: 'float32', quantization: { dtype: 'float16' } }];
    json.weightsManifest = [{ paths: ['halves.bin'], weights }];
    expect([...readTfjsWeights(file, json).get('w')!.values]).toEqual([
      1,
      -2,
      Math.fround(1365 / 4096),
      2 ** -24,
    ]);
  });
});

it('finds what a layer of Keras 3 takes among its named arguments', async () => {
  const dir = scratch();
  const parts = unzipSync(fs.readFileSync(made('unusual3.keras')));
  const config = JSON.parse(strFromU8(parts['config.json']!));
  const gated = config.config.layers.find(({ name }: { name: string }) => name === 'gated');
  const [{ args }] = gated.inbound_nodes;
  gated.inbound_nodes = [{ args: [], kwargs: { inputs: args[0] } }];
  const file = path.join(dir, 'named.keras');
  fs.writeFileSync(file, zipSync({ ...parts, 'config.json': strToU8(JSON.stringify(config)) }));
  const [plain, named] = [await importModel(made('unusual3.keras')), await importModel(file)];
  expect(named.graph).toEqual(plain.graph);
});

it('refuses by name a rectifier that no node is', async () => {
  const relu = (config: object) => ({
    class_name: 'Sequential',
    config: {
      layers: [
        { class_name: 'InputLayer', config: { name: 'x', batch_input_shape: [null, 4, 4, 1] } },
        { class_name: 'ReLU', config: { name: 'r', ...config } },
      ],
    },
  });
  const file = path.join(scratch(), 'relu.json');
  const importing = (config: object) => {
    fs.writeFileSync(file, JSON.stringify(relu(config)));
    return importModel(file, { weights: made('plain3.h5') });
  };
  await expect(importing({ max_value: 6, negative_slope: 0.1 })).rejects.toThrow(
    /layer r \(ReLU\): expected a negative_slope of 0 beside a max_value but received 0.1/,
  );
  await expect(importing({ max_value: 4 })).rejects.toThrow(/a max_value of 6 or none but received 4/);
  await expect(importing({ threshold: 1 })).rejects.toThrow(/a threshold of 0 but received 1/);
  const { graph } = await importing({ max_value: 6, negative_slope: 0 });
  expect(graph.nodes.map(({ op }) => op)).toEqual(['RELU6']);
});

it('a chain of activation and batch normalization is folded, fused and merged', async () => {
  const { graph } = await importModel(made('images3.keras'));
  const ops = graph.nodes.map(({ name, op }) => `${name} ${op}`);
  expect(ops).toContain('stem_relu CONV_2D');
  expect(ops).toContain('residual_relu ADD');
  expect(ops).toContain('first_bn/scaled MUL'); // nothing before it can take it in
  expect(ops.filter((op) => op.includes('BATCH_NORM'))).toEqual([]);
  const plain = await importModel(made('plain3.keras'));
  expect(plain.graph.nodes.map(({ op }) => op)).toEqual(['RESHAPE', 'FULLY_CONNECTED', 'FULLY_CONNECTED']);
});

describe('refuses by name', () => {
  const save = (name: string, content: unknown) => {
    const file = path.join(scratch(), name);
    fs.writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  };
  const input = { class_name: 'InputLayer', config: { name: 'x', batch_input_shape: [null, 4, 4, 1] } };
  const sequential = (layer: object) => ({
    class_name: 'Sequential',
    config: { name: 's', layers: [input, layer] },
  });
  const weights = made('plain3.h5');
  const importing = (layer: object) => importModel(save('a.json', sequential(layer)), { weights });

  it.each([
    [{ class_name: 'LSTM', config: { name: 'memory' } }, /layer memory \(LSTM\) is not supported/],
    [
      { class_name: 'Conv2D', config: { name: 'c', filters: 2, data_format: 'channels_first' } },
      /layer c \(Conv2D\): expected data_format channels_last/,
    ],
    [{ class_name: 'Activation', config: { name: 'a', activation: 'gelu' } }, /layer a \(activation gelu\)/],
    [
      { class_name: 'Conv2D', config: { name: 'c', filters: 2, kernel_size: [3, 3] } },
      /layer c \(Conv2D\): no float32 array kernel in the weights/,
    ],
  ])('%j', async (layer, message) => {
    await expect(importing(layer)).rejects.toThrow(message);
  });

  it.each([
    [{ class_name: 'Bidirectional', config: { name: 'both' } }, 'convolutions over time (CONV_2D)'],
    [{ class_name: 'GRU', config: { name: 'memory' } }, 'convolutions over time (CONV_2D)'],
    [
      { class_name: 'MaxPooling2D', config: { name: 'p', data_format: 'channels_first' } },
      'channels_last (NHWC): convert the model, weights stay as they are',
    ],
    [{ class_name: 'UpSampling2D', config: { name: 'up' } }, 'TRANSPOSE_CONV'],
  ])('%j, with the nearest that is supported', async (layer, nearest) => {
    await expect(importing(layer)).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining(`layer ${layer.config.name} (${layer.class_name})`),
      hint: `nearest supported: ${nearest}`,
    });
  });

  it.each(['plain3.h5', 'sequences2.h5', 'plain3.keras', 'graph-model2/model.json'])(
    'damaged copies of %s by a typed error, or reads them',
    async (name) => {
      const original = fs.readFileSync(made(name));
      const dir = scratch();
      const file = path.join(dir, path.basename(name));
      if (name.includes('/'))
        fs.copyFileSync(made('graph-model2/group1-shard1of1.bin'), path.join(dir, 'group1-shard1of1.bin'));
      const random = randomFor('damaged', name);
      const outcomes = new Set<string>();
      for (let i = 0; i < 60; i++) {
        const bytes = Buffer.from(original);
        for (let n = 0; n <= random.integer(3); n++)
          bytes[random.integer(bytes.length)] = random.integer(256);
        fs.writeFileSync(file, i % 10 === 9 ? bytes.subarray(0, random.integer(bytes.length)) : bytes);
        outcomes.add(
          await importModel(file).then(
            () => 'read',
            (error) => (error instanceof WeightfoldError ? 'refused' : `${error.stack}`),
          ),
        );
      }
      expect([...outcomes].sort()).toEqual(['read', 'refused']);
    },
  );

  it('what is damaged, missing or of another kind', async () => {
    const half = path.join(scratch(), 'half.keras');
    fs.writeFileSync(half, fs.readFileSync(made('plain3.keras')).subarray(0, 9000));
    await expect(importModel(half)).rejects.toThrow(/expected a zip archive/);
    await expect(importModel(save('a.h5', 'no HDF5'))).rejects.toThrow(/expected an HDF5 file/);
    const cut = path.join(scratch(), 'cut.h5');
    fs.writeFileSync(cut, fs.readFileSync(made('plain3.h5')).subarray(0, 9000));
    await expect(importModel(cut)).rejects.toThrow(
      /cut.h5: expected an undamaged HDF5 file \(truncated file: eof = 9000/,
    );
    await expect(importModel(save('a.onnx', ''))).rejects.toThrow(/expected a .tflite, .h5, .keras or .json/);
    await expect(importModel(save('a.json', '{'))).rejects.toThrow(/expected JSON/);
    await expect(importModel(save('a.json', sequential({})), {})).rejects.toThrow(/has no weights/);
    const escaping = {
      modelTopology: sequential({ class_name: 'Flatten', config: { name: 'f' } }),
      weightsManifest: [{ paths: ['../../etc/passwd'], weights: [] }],
    };
    await expect(importModel(save('model.json', escaping))).rejects.toThrow(
      /a path inside the model’s folder/,
    );
  });
});
