import { noise, outputsOf } from '@weightfold/test-support';
import {
  BuiltinOperator,
  type BuiltinOptions,
  ModelBuilder,
  type OperatorT,
  type TensorType,
  writeModel,
} from '@weightfold/tflite';
import { expect } from 'vitest';
import { Model } from '../index.js';
import { addon } from '../native/addon.js';
import { inputBytes, runOurs } from './run.js';

/** A tensor of any type: an input of the model, a constant when it has data, or a variable. */
export interface LayerTensor {
  shape: number[];
  type: TensorType;
  /** None: not quantized. */
  scale?: number | number[];
  zero?: number;
  dimension?: number;
  data?: ArrayBufferView;
  variable?: boolean;
}

/** An operator with its tensors; null for an optional input that is absent. */
export interface Layer {
  op: keyof typeof BuiltinOperator;
  version?: number;
  inputs: (LayerTensor | null)[];
  output: LayerTensor;
  optionsType?: BuiltinOptions;
  options?: OperatorT['builtinOptions'];
}

/** Random operators by name. */
export type Layers = Record<string, (dice: Dice, seed: number) => Layer>;

function addTensor(builder: ModelBuilder, tensor: LayerTensor, name: string): number {
  const { shape, type, scale, zero = 0, dimension = 0, data } = tensor;
  const scales = [scale ?? []].flat().map(Math.fround);
  const quantization = { scale: scales, zeroPoint: scales.map(() => zero), dimension };
  return builder.addTensor({
    name,
    shape,
    type,
    ...(data ? { data } : {}),
    ...(scale === undefined ? {} : { quantization }),
  });
}

/** A .tflite of one operator. */
export function layerModel({ op, version = 1, inputs, output, optionsType, options }: Layer): Uint8Array {
  const builder = new ModelBuilder('one layer');
  const graphInputs: number[] = [];
  const variables: number[] = [];
  const indices = inputs.map((tensor, i) => {
    if (!tensor) return -1;
    const index = addTensor(builder, tensor, `x${i}`);
    if (tensor.variable) variables.push(index);
    else if (!tensor.data) graphInputs.push(index);
    return index;
  });
  const y = addTensor(builder, output, 'y');
  const spec = { builtin: BuiltinOperator[op], version, inputs: indices, outputs: [y] };
  builder.addOperator({ ...spec, ...(optionsType ? { optionsType, options: options ?? null } : {}) });
  const model = builder.build(graphInputs, [y]);
  for (const index of variables) model.subgraphs[0]!.tensors[index]!.isVariable = true;
  return writeModel(model);
}

/** Seeded numbers. */
export class Dice {
  private at = 0;
  private readonly noise: Uint8Array;

  constructor(private readonly seed: number) {
    this.noise = noise(4096, seed);
  }

  between(low: number, high: number): number {
    const number = this.noise[this.at++ % 4096]! * 256 + this.noise[this.at++ % 4096]!;
    return low + (number % (high - low + 1));
  }

  pick<T>(list: readonly T[]): T {
    return list[this.between(0, list.length - 1)]!;
  }

  /** A binary32 between two numbers. */
  scale(low: number, high: number): number {
    return Math.fround(low + ((high - low) * this.between(0, 65535)) / 65536);
  }

  bytes(count: number): Uint8Array {
    return noise(count, this.seed + 1 + this.at++);
  }

  /** Codes of weights, without the smallest. */
  weights(count: number): Int8Array {
    return new Int8Array(this.bytes(count).buffer).map((code) => Math.max(-127, code));
  }

  integers(count: number, limit: number): number[] {
    return Array.from({ length: count }, () => this.between(0, 2 * limit) - limit);
  }
}

const examplesEach = 5;

/** Expects the judge's bytes for `count` random operators of each kind, run on some inputs one after the other, on every instruction set. */
export async function expectLike(judge: 'tflm' | 'litert-ref', kinds: Layers, count = 12): Promise<void> {
  const cases = Object.entries(kinds).flatMap(([name, make]) =>
    Array.from({ length: count }, (_, seed) => {
      const layer = make(new Dice(1000 * seed + name.length), seed);
      const model = layerModel(layer);
      const loaded = Model.load(model);
      const examples = noise(examplesEach * inputBytes(loaded), seed);
      loaded.dispose();
      const shapes = layer.inputs.map((tensor) => `[${tensor?.shape ?? ''}]`).join(' ');
      return { label: `${name}, seed ${seed}: ${shapes}`, model, examples };
    }),
  );
  const theirs = await outputsOf(judge, cases);
  for (const [i, { label, model, examples }] of cases.entries()) {
    for (const isa of addon().availableIsas()) {
      const loaded = Model.load(model, { isa });
      const ours = runOurs(loaded, examples);
      loaded.dispose();
      expect.soft(ours.toString('hex'), `${label}, ${isa}`).toBe(theirs[i]!.toString('hex'));
    }
  }
}
