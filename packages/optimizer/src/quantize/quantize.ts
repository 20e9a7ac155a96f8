import { ExitCode } from '@weightfold/base';
import { fillBatch, type Split } from '@weightfold/datasets';
import { layerShape } from '../constraints/layer-constraints.js';
import { OptimizerError } from '../errors.js';
import { exportInt8 } from '../export/export.js';
import type { WeightedNode } from '../graph/graph.js';
import type { ImportedModel } from '../import/imported-model.js';
import { permutation, randomFor } from '../random.js';
import { type Tensor, tf } from '../tf.js';
import { dequantizeLayer } from '../training/fold.js';
import { inferenceForward, layerTensors } from '../training/network.js';
import { floatLayers, int8Layers } from '../training/predict.js';
import { type Ranges, widen } from '../training/ranges.js';
import { type Calibration, chooseRange } from './calibration.js';
import { addValues, emptyHistogram, type Histogram } from './histogram.js';
import { type LayerError, layerErrors } from './layer-errors.js';

export interface QuantizeOptions {
  /** How activation ranges are chosen; min-max when not given. */
  calibration?: Calibration;
  /** Examples of the calibration set that are used, a seeded choice; 200 when not given. */
  examples?: number;
  seed?: number;
  /** What errors call the calibration set: its file, say. */
  setName?: string;
  /** One scale for each unit of a dense layer, instead of one for the layer. */
  perChannelDense?: boolean;
  endpoints?: 'int8' | 'float32';
  onProgress?: (done: number, of: number, what: string) => void;
}

export interface Quantized {
  tflite: Uint8Array;
  /** What quantization does to each node, over some of the calibration examples. */
  layers: LayerError[];
  examples: number;
}

const batchSize = 10;
/** Examples that layer errors are measured on. */
const reported = 50;

/**
 * Post-training quantization: int8 weights by channel, activations by the values that a calibration set gives.
 * @throws OptimizerError when the set's examples are not of the model's input shape, or a value is no finite number
 */
export function quantizeModel(
  { graph, state }: ImportedModel,
  calibrationSet: Split,
  options: QuantizeOptions = {},
): Quantized {
  const { calibration = { method: 'min-max' }, examples = 200, seed = 0, perChannelDense = false } = options;
  const { setName = 'calibration set' } = options;
  const [input, ...others] = graph.inputs;
  if (!input || others.length > 0) throw inputError('model', 'one input', `${graph.inputs.length}`);
  if (String(calibrationSet.shape) !== String(input.shape))
    throw inputError(setName, `examples of shape [${input.shape}]`, `[${calibrationSet.shape}]`);
  const order = permutation(calibrationSet.count, randomFor(seed, 'calibration')).subarray(0, examples);
  const batches = (limit = order.length) =>
    inputBatches(calibrationSet, order.subarray(0, limit), input.name);
  const float = floatLayers(graph, state);
  const passes = calibration.method === 'min-max' ? 1 : 2;
  const total = passes * order.length + Math.min(reported, order.length);
  let done = 0;
  const observe = (see: (point: string, x: Tensor) => void) => {
    const tensors = layerTensors(float);
    for (const inputs of batches()) {
      tf.tidy(() => {
        inferenceForward(graph, inputs, (node) => tensors.get(node)!, graph.outputs, { observe: see });
      });
      done += [...inputs.values()][0]!.shape[0]!;
      options.onProgress?.(done, total, 'calibrating');
    }
    for (const { weights, bias } of tensors.values()) tf.dispose([weights, bias]);
  };
  const whole: Ranges = new Map();
  observe((point, x) => {
    const [min, max] = tf.stack([tf.min(x), tf.max(x)]).dataSync() as unknown as [number, number];
    if (!Number.isFinite(min) || !Number.isFinite(max)) throw notFinite(point, setName);
    widen(whole, point, min, max);
  });
  const histograms = new Map<string, Histogram>(
    [...whole].map(([point, range]) => [point, emptyHistogram(range)]),
  );
  if (passes === 2) observe((point, x) => addValues(histograms.get(point)!, x.dataSync()));
  const ranges: Ranges = new Map(
    [...histograms].map(([point, histogram]) => [point, chooseRange(histogram, calibration)]),
  );
  const int8 = int8Layers(graph, state, perChannelDense);
  const perTensor = (node: WeightedNode) => layerShape(node, { perChannelDense }).perTensor;
  const tflite = exportInt8(graph, int8, ranges, { perTensor, endpoints: options.endpoints ?? 'int8' });
  const layers = layerErrors(graph, float, int8.map(dequantizeLayer), ranges, batches(reported));
  options.onProgress?.(total, total, 'measuring layers');
  return { tflite, layers, examples: order.length };
}

function* inputBatches(set: Split, order: Uint32Array, name: string): Generator<Map<string, Tensor>> {
  for (let at = 0; at < order.length; at += batchSize) {
    const indices = order.subarray(at, at + batchSize);
    const x = tf.tensor(fillBatch(set, indices), [indices.length, ...set.shape]);
    yield new Map([[name, x]]);
    x.dispose();
  }
}

function inputError(where: string, expected: string, received: string): OptimizerError {
  return new OptimizerError(`${where}: expected ${expected} but received ${received}`, {
    code: 'BAD_CALIBRATION',
    where,
    expected,
    received,
    exitCode: ExitCode.usage,
  });
}

function notFinite(point: string, setName: string): OptimizerError {
  return new OptimizerError(`${point}: the float model gives a value that is no finite number`, {
    code: 'NOT_FINITE',
    where: point,
    expected: 'finite activations',
    received: 'NaN or infinity',
    hint: `check the values of ${setName}, and whether they are scaled as the model expects`,
  });
}
