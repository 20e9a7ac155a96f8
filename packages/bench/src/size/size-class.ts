import {
  type Model,
  readModel,
  type TensorT,
  TfliteError,
  typedData,
  type WeightStatistics,
  weightStatistics,
} from '@weightfold/tflite';

/** Kinds of models that compress alike: goals.ts has a goal for each. */
export type SizeClass =
  | 'clustered'
  | 'clustered, one palette'
  | 'sparse + clustered, small'
  | 'sparse + clustered, large'
  | 'sparse + clustered, large, one palette'
  | 'pruned'
  | 'dead channels'
  | 'uneven channels'
  | 'fully connected'
  | 'plain, small'
  | 'plain, large'
  | 'float and other';

/** The rules. Shares are of weights (elements), in tensors of at least `leastElements` where channels or values are counted. */
const rules = {
  leastElements: 1024,
  /** Less than this part of the bytes of weights are int8 or uint8: float and other. */
  byteShare: 0.9,
  /** Weights in rows or columns that are zero altogether. */
  deadShare: 0.2,
  /** Zeros: plain models have up to 0.1, those pruned to 50 % 0.45. */
  sparseShare: 0.2,
  /** Weights in clustered tensors. */
  clusteredShare: 0.5,
  /** Weights in tensors with few values in all, for "one palette". */
  onePaletteShare: 0.9,
  /** Values of a tensor, or of each channel, that count as few; of a channel also less than half of what its weights could have. */
  fewInTensor: 64,
  fewInChannel: 32,
  fullyConnectedShare: 0.9,
  /** Standard deviation of log2 of the root mean squares of rows and columns together. */
  unevenOctaves: 0.6,
  smallSparse: 60_000,
  smallPlain: 150_000,
};

interface Weights extends WeightStatistics {
  tensor: TensorT;
}

/** The class of a file, from its weights and its size alone. */
export function sizeClass(bytes: Uint8Array): SizeClass {
  const model = tryRead(bytes);
  if (!model) return 'float and other';
  const all = model.subgraphs.flatMap((graph, g) =>
    weightStatistics(model, g).map((weights) => ({
      ...weights,
      tensor: graph.tensors[weights.tensorIndex]!,
    })),
  );
  const coded = all.filter(({ dtype }) => dtype === 'int8' || dtype === 'uint8');
  const sum = (list: Weights[]) => list.reduce((total, weights) => total + weights.bytes, 0);
  if (coded.length === 0 || sum(coded) < rules.byteShare * sum(all)) return 'float and other';
  return classify(model, coded, bytes.length);
}

function classify(model: Model, weights: Weights[], fileBytes: number): SizeClass {
  const counted = weights.filter(({ elements }) => elements >= rules.leastElements);
  const inAll = (part: (weights: Weights) => number) => share(weights, part);
  const inCounted = (part: (weights: Weights) => number) => share(counted, part);
  if (inCounted((tensor) => deadShare(model, tensor)) >= rules.deadShare) return 'dead channels';
  const sparse = inAll(({ zeroFraction }) => zeroFraction) >= rules.sparseShare;
  const onePalette = inCounted((tensor) => Number(hasFewInTensor(tensor))) >= rules.onePaletteShare;
  if (inCounted((tensor) => Number(isClustered(tensor))) >= rules.clusteredShare) {
    if (!sparse) return onePalette ? 'clustered, one palette' : 'clustered';
    if (fileBytes < rules.smallSparse) return 'sparse + clustered, small';
    return onePalette ? 'sparse + clustered, large, one palette' : 'sparse + clustered, large';
  }
  if (sparse) return 'pruned';
  if (inAll(({ op }) => Number(op === 'FULLY_CONNECTED')) >= rules.fullyConnectedShare)
    return 'fully connected';
  if (inCounted((tensor) => unevenness(model, tensor)) >= rules.unevenOctaves) return 'uneven channels';
  return fileBytes < rules.smallPlain ? 'plain, small' : 'plain, large';
}

function tryRead(bytes: Uint8Array): Model | null {
  try {
    return readModel(bytes);
  } catch (error) {
    if (error instanceof TfliteError) return null;
    throw error;
  }
}

/** Mean over tensors by their elements; 0 without any. */
function share(list: Weights[], part: (weights: Weights) => number): number {
  const elements = list.reduce((total, weights) => total + weights.elements, 0);
  if (elements === 0) return 0;
  return list.reduce((total, weights) => total + weights.elements * part(weights), 0) / elements;
}

const hasFewInTensor = ({ distinct }: Weights): boolean => distinct <= rules.fewInTensor;

function isClustered(weights: Weights): boolean {
  const { tensor, elements, distinctPerChannelMax } = weights;
  const { scale = [], quantizedDimension = 0 } = tensor.quantization ?? {};
  const channels = tensor.shape[scale.length > 1 ? quantizedDimension : 0] ?? 1;
  const possible = Math.min(256, elements / channels);
  const few = distinctPerChannelMax <= rules.fewInChannel && distinctPerChannelMax < possible / 2;
  return few || hasFewInTensor(weights);
}

/** Sums of squares of rows (the first dimension) and columns (the last), around the zero point. */
function energies(model: Model, tensor: TensorT) {
  const values = typedData(model, tensor)!;
  const zeroPoint = Number(tensor.quantization?.zeroPoint[0] ?? 0);
  const rows = tensor.shape[0]!;
  const columns = tensor.shape.at(-1)!;
  const rowLength = values.length / rows;
  const row = new Float64Array(rows);
  const column = new Float64Array(columns);
  for (let i = 0; i < values.length; i++) {
    const square = (Number(values[i]) - zeroPoint) ** 2;
    row[Math.floor(i / rowLength)]! += square;
    column[i % columns]! += square;
  }
  return { row, column };
}

function deadShare(model: Model, { tensor }: Weights): number {
  const { row, column } = energies(model, tensor);
  const dead = (list: Float64Array) => list.filter((energy) => energy === 0).length / list.length;
  return 1 - (1 - dead(row)) * (1 - dead(column));
}

function unevenness(model: Model, { tensor }: Weights): number {
  const { row, column } = energies(model, tensor);
  return Math.hypot(deviation(row), deviation(column));
}

/** Standard deviation of log2 of the roots of those above 0. */
function deviation(list: Float64Array): number {
  const octaves = [...list].filter((energy) => energy > 0).map((energy) => Math.log2(energy) / 2);
  if (octaves.length === 0) return 0;
  const mean = octaves.reduce((sum, value) => sum + value, 0) / octaves.length;
  return Math.sqrt(octaves.reduce((sum, value) => sum + (value - mean) ** 2, 0) / octaves.length);
}
