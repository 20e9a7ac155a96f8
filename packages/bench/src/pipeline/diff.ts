import { namingFile } from '@weightfold/base';
import { type Model, operatorName, type TensorT, typedData, zeroMap } from '@weightfold/tflite';
import { asModel } from '../source.js';
import { type InspectedOp, type InspectedTensor, type InspectedWeights, inspectModel } from './inspect.js';

/** A difference of structure, in words, and where. */
export interface StructureDifference {
  where: string;
  a: string | null;
  b: string | null;
}

/** A weight tensor that both models have. */
export interface TensorDifference {
  name: string;
  op: string;
  shape: number[];
  identical: boolean;
  /** In real values where both can be dequantized, else in codes; null where shapes or types do not compare. */
  unit: 'real' | 'code' | null;
  maxChange: number | null;
  meanChange: number | null;
  /** Places that are zero in b and not in a, and the other way round. */
  zerosGained: number | null;
  zerosLost: number | null;
  distinct: [a: number, b: number];
  zeroFraction: [a: number, b: number];
  dtype: [a: string, b: string];
  /** Largest relative change of a scale; null when the numbers of scales differ or there are none. */
  scaleChange: number | null;
}

export interface ModelDifference {
  /** No difference in structure, quantization or constants; files may still be laid out differently. */
  identical: boolean;
  /** The bytes of the .tflite are the same. */
  sameBytes: boolean;
  bytes: [a: number, b: number];
  weightBytes: [a: number, b: number];
  structure: StructureDifference[];
  tensors: TensorDifference[];
}

/** Compares two models (.tflite or .wfz): structure, quantization, weights, sizes. Errors call them by their names. */
export function diffModels(a: Uint8Array, b: Uint8Array, names = ['a', 'b']): ModelDifference {
  const sides = [a, b].map((bytes, i) => namingFile(names[i]!, () => sideOf(bytes))) as [Side, Side];
  const structure = structureOf(sides);
  const { pairs, alone } = pairWeights(sides);
  const tensors = pairs.map((pair) => compareTensors(sides, pair));
  const differences = [...structure, ...alone];
  const sameBytes = Buffer.compare(sides[0].tflite, sides[1].tflite) === 0;
  const [inspectedA, inspectedB] = [sides[0].inspection, sides[1].inspection];
  return {
    identical: sameBytes || (differences.length === 0 && tensors.every(({ identical }) => identical)),
    sameBytes,
    bytes: [a.length, b.length],
    weightBytes: [inspectedA.totals.weightBytes, inspectedB.totals.weightBytes],
    structure: differences,
    tensors,
  };
}

interface Side {
  tflite: Uint8Array;
  model: Model;
  inspection: ReturnType<typeof inspectModel>;
}

function sideOf(bytes: Uint8Array): Side {
  const { tflite, model } = asModel(bytes);
  return { tflite, model, inspection: inspectModel(tflite) };
}

/** Operators one by one in their order, inputs and outputs; where all that agrees, constants that are no weights. */
function structureOf([a, b]: [Side, Side]): StructureDifference[] {
  const found: StructureDifference[] = [];
  const compare = (where: string, ofA: string | null, ofB: string | null) => {
    if (ofA !== ofB) found.push({ where, a: ofA, b: ofB });
  };
  const [left, right] = [a.inspection, b.inspection];
  const from = [wiring(a.model), wiring(b.model)] as const;
  compare('subgraphs', `${left.subgraphs}`, `${right.subgraphs}`);
  for (let i = 0; i < Math.max(left.ops.length, right.ops.length); i++) {
    const [of, against] = [left.ops[i], right.ops[i]];
    const where = `operator ${i} (${(of ?? against)!.op})`;
    compare(where, of ? operatorText(of) : null, against ? operatorText(against) : null);
    if (of && against) compare(`${where}, inputs`, from[0][i]!, from[1][i]!);
    if (of && against)
      compare(`${where}, quantization`, quantization(of.outputs), quantization(against.outputs));
  }
  compare(
    'outputs, made by',
    from[0].slice(left.ops.length).join(' | '),
    from[1].slice(right.ops.length).join(' | '),
  );
  for (const key of ['inputs', 'outputs'] as const) {
    compare(key, tensorsText(left[key]), tensorsText(right[key]));
    compare(`${key}, quantization`, quantization(left[key]), quantization(right[key]));
  }
  return found.length === 0 ? smallConstants(a, b) : found;
}

/** Where each operator, and behind them each subgraph's output, gets what it takes: of all subgraphs, as `ops` lists them. */
function wiring({ subgraphs, buffers }: Model): string[] {
  const outputs: string[] = [];
  const operators = subgraphs.flatMap((graph) => {
    const sources = new Map<number, string>(graph.inputs.map((index, i) => [index, `input ${i}`]));
    const sourceOf = (index: number) => {
      const tensor = graph.tensors[index];
      if (!tensor) return 'none';
      return sources.get(index) ?? (buffers[tensor.buffer]!.length > 0 ? 'a constant' : 'nothing');
    };
    const texts = graph.operators.map(({ inputs, outputs: made }, o) => {
      const text = inputs.map(sourceOf).join('; ');
      made.forEach((index, i) => {
        sources.set(index, `output ${i} of operator ${o}`);
      });
      return text;
    });
    outputs.push(graph.outputs.map(sourceOf).join('; '));
    return texts;
  });
  return [...operators, ...outputs];
}

function operatorText({ op, options, outputs }: InspectedOp): string {
  const settings = Object.entries(options).map(([key, value]) => `${key} ${value}`);
  return [`${op} → ${tensorsText(outputs)}`, ...settings].join(', ');
}

const tensorsText = (tensors: InspectedTensor[]) =>
  tensors.map(({ shape, dtype }) => `${shape.join('×')} ${dtype}`).join('; ');

const quantization = (tensors: InspectedTensor[]) =>
  tensors
    .map(({ scale, zeroPoint, scales }) =>
      scale === null ? `${scales} scales` : `scale ${scale}, zero point ${zeroPoint}`,
    )
    .join('; ');

/** Biases, axes, shapes: constants that are not among the weights, place by place in equal graphs. */
function smallConstants(a: Side, b: Side): StructureDifference[] {
  const found: StructureDifference[] = [];
  const isWeight = (g: number, index: number) =>
    a.inspection.tensors.some(({ subgraph, tensorIndex }) => subgraph === g && tensorIndex === index);
  a.model.subgraphs.forEach((graph, g) => {
    const other = b.model.subgraphs[g]!;
    graph.operators.forEach((operator, o) => {
      operator.inputs.forEach((index, slot) => {
        const [left, right] = [graph.tensors[index], other.tensors[other.operators[o]!.inputs[slot]!]];
        if (!left || !right || isWeight(g, index)) return;
        const [of, against] = [a.model.buffers[left.buffer]!, b.model.buffers[right.buffer]!];
        if (Buffer.compare(of, against) === 0) return;
        const where = `operator ${o} (${operatorName(a.model, operator)}), constant ${String(left.name ?? slot)}`;
        found.push({ where, a: `${of.length} bytes`, b: `${against.length} bytes, other values` });
      });
    });
  });
  return found;
}

interface Pair {
  a: InspectedWeights;
  b: InspectedWeights;
}

/** Weights by name; those without a partner of their name by their order among such, when op and shape agree. */
function pairWeights([a, b]: [Side, Side]): { pairs: Pair[]; alone: StructureDifference[] } {
  const [left, right] = [a.inspection.tensors, b.inspection.tensors];
  const pairs: Pair[] = [];
  const taken = new Set<InspectedWeights>();
  const take = (of: InspectedWeights, partner: InspectedWeights | undefined) => {
    if (!partner) return;
    pairs.push({ a: of, b: partner });
    taken.add(of).add(partner);
  };
  for (const of of left)
    take(
      of,
      right.find((one) => one.name === of.name && one.name !== '' && !taken.has(one)),
    );
  for (const of of left.filter((one) => !taken.has(one))) {
    const same = (one: InspectedWeights) =>
      !taken.has(one) && one.op === of.op && String(one.shape) === String(of.shape);
    take(of, right.find(same));
  }
  pairs.sort((x, y) => left.indexOf(x.a) - left.indexOf(y.a));
  const text = ({ op, shape, dtype }: InspectedWeights) => `${op} [${shape.join('×')}] ${dtype}`;
  const alone = [
    ...left
      .filter((one) => !taken.has(one))
      .map((one) => ({ where: `weights ${one.name}`, a: text(one), b: null })),
    ...right
      .filter((one) => !taken.has(one))
      .map((one) => ({ where: `weights ${one.name}`, a: null, b: text(one) })),
  ];
  return { pairs, alone };
}

function compareTensors([a, b]: [Side, Side], pair: Pair): TensorDifference {
  const [left, right] = [tensorOf(a, pair.a), tensorOf(b, pair.b)];
  const base = {
    name: pair.a.name,
    op: pair.a.op,
    shape: pair.a.shape,
    distinct: [pair.a.distinct, pair.b.distinct] as [number, number],
    zeroFraction: [pair.a.zeroFraction, pair.b.zeroFraction] as [number, number],
    dtype: [pair.a.dtype, pair.b.dtype] as [string, string],
    scaleChange: scaleChange(left, right),
  };
  const none = { unit: null, maxChange: null, meanChange: null, zerosGained: null, zerosLost: null };
  if (String(pair.a.shape) !== String(pair.b.shape)) return { ...base, ...none, identical: false };
  const [zerosA, zerosB] = [zeroMap(a.model, left)!, zeroMap(b.model, right)!];
  let [zerosGained, zerosLost] = [0, 0];
  zerosA.forEach((zero, i) => {
    if (zero && !zerosB[i]) zerosLost++;
    if (!zero && zerosB[i]) zerosGained++;
  });
  const [valuesA, valuesB] = [realValues(a.model, left), realValues(b.model, right)];
  const unit = valuesA.real && valuesB.real ? 'real' : pair.a.dtype === pair.b.dtype ? 'code' : null;
  if (unit === null) return { ...base, ...none, zerosGained, zerosLost, identical: false };
  const change = changeOf(valuesA.values, valuesB.values);
  const identical = change.maxChange === 0 && pair.a.dtype === pair.b.dtype && (base.scaleChange ?? 0) === 0;
  return { ...base, unit, ...change, zerosGained, zerosLost, identical };
}

const tensorOf = ({ model }: Side, { subgraph, tensorIndex }: InspectedWeights) =>
  model.subgraphs[subgraph]!.tensors[tensorIndex]!;

function scaleChange(a: TensorT, b: TensorT): number | null {
  const [left, right] = [a.quantization?.scale, b.quantization?.scale];
  if (!left || !right || left.length === 0 || left.length !== right.length) return null;
  return left.reduce((most, scale, i) => Math.max(most, Math.abs(right[i]! / scale - 1)), 0);
}

/** Real values of constants; codes, where integers have no scale. */
function realValues(model: Model, tensor: TensorT): { values: Float64Array; real: boolean } {
  const codes = typedData(model, tensor)!;
  const { scale = [], zeroPoint = [], quantizedDimension = 0 } = tensor.quantization ?? {};
  if (codes instanceof Float32Array) return { values: Float64Array.from(codes), real: true };
  if (scale.length === 0) return { values: Float64Array.from(codes as Int8Array, Number), real: false };
  const inner = tensor.shape.slice(quantizedDimension + 1).reduce((product, size) => product * size, 1);
  const at = (i: number) => (scale.length === 1 ? 0 : Math.floor(i / inner) % scale.length);
  const values = Float64Array.from(
    codes as Int8Array,
    (code, i) => (Number(code) - Number(zeroPoint[zeroPoint.length > 1 ? at(i) : 0] ?? 0n)) * scale[at(i)]!,
  );
  return { values, real: true };
}

function changeOf(a: Float64Array, b: Float64Array): { maxChange: number; meanChange: number } {
  let [maxChange, sum] = [0, 0];
  a.forEach((value, i) => {
    const change = Math.abs(value - b[i]!);
    sum += change;
    if (change > maxChange) maxChange = change;
  });
  return { maxChange, meanChange: a.length === 0 ? 0 : sum / a.length };
}
