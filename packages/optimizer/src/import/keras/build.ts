import { OptimizerError } from '../../errors.js';
import type { GraphInput } from '../../graph/graph.js';
import { ModelDraft } from '../draft.js';
import type { ImportedModel } from '../imported-model.js';
import { unsupported } from '../unsupported.js';
import {
  badConfig,
  isModel,
  type KerasLayer,
  type KerasModel,
  parseModel,
  type TensorReference,
} from './config.js';
import { asImage } from './layer-context.js';
import { importers } from './layers.js';
import { type LayerPath, snakeCase, type WeightSource } from './weights.js';

/** Turns a Keras model's configuration and arrays into the optimizer's graph; models inside of it are flattened. */
export function buildFromKeras(model: KerasModel, weights: WeightSource): ImportedModel {
  return new KerasBuild(model, weights).run();
}

/** A value while a model is built: the node that has it, and its dimensions as Keras counts them. */
interface Value {
  node: string;
  rank: number;
}

class KerasBuild {
  private readonly draft: ModelDraft;
  private readonly inputs: GraphInput[];
  private readonly names = new Set<string>();

  constructor(
    private readonly model: KerasModel,
    private readonly weights: WeightSource,
  ) {
    this.inputs = model.inputs.map(({ layer }) => ({
      name: layer,
      shape: inputShape(model.layers.find(({ name }) => name === layer)),
    }));
    this.draft = new ModelDraft(model.name, this.inputs);
    for (const { name } of this.inputs) this.names.add(name);
  }

  run(): ImportedModel {
    const values = this.inputs.map(({ name, shape }): Value => {
      if (shape.length !== 2) return { node: name, rank: shape.length };
      const node = this.unique(`${name}/image`);
      this.draft.add({ op: 'RESHAPE', name: node, inputs: [name], shape: asImage(shape) });
      return { node, rank: 2 };
    });
    const outputs = this.call(this.model, values, []);
    return this.draft.finish(outputs.map(({ node }) => node));
  }

  /** Adds a model's layers, in an order in which each has what it takes, and returns its outputs. */
  private call(model: KerasModel, inputs: Value[], outer: LayerPath): Value[] {
    const values = new Map<string, Value>();
    model.inputs.forEach(({ layer }, i) => {
      values.set(key({ layer, call: 0, index: 0 }), inputs[i]!);
    });
    const paths = layerPaths(model, outer);
    let waiting = model.layers.flatMap((layer) => layer.calls.map((takes, call) => ({ layer, takes, call })));
    waiting = waiting.filter(({ layer }) => layer.className !== 'InputLayer');
    while (waiting.length > 0) {
      const ready = waiting.filter(({ takes }) => takes.every((one) => values.has(key(one))));
      if (ready.length === 0)
        throw badConfig(waiting[0]!.layer.name, 'inputs that other layers give', waiting[0]!.takes);
      for (const { layer, takes, call } of ready) {
        const taken = takes.map((one) => values.get(key(one))!);
        const given = this.layer(layer, taken, paths.get(layer)!, call);
        given.forEach((value, index) => {
          values.set(key({ layer: layer.name, call, index }), value);
        });
      }
      waiting = waiting.filter((one) => !ready.includes(one));
    }
    return model.outputs.map((one) => {
      const value = values.get(key(one));
      if (!value) throw badConfig(`${model.name}, outputs`, 'a layer of the model', one.layer);
      return value;
    });
  }

  private layer(layer: KerasLayer, inputs: Value[], path: LayerPath, call: number): Value[] {
    if (isModel(layer.className)) {
      const inner = parseModel({ class_name: layer.className, config: layer.config }, layer.name);
      return this.call(inner, inputs, path);
    }
    const importer = importers[layer.className];
    if (!importer) throw unsupported(layer.name, layer.className);
    const prefix = path
      .slice(0, -1)
      .map(({ name }) => `${name}/`)
      .join('');
    const name = this.unique(`${prefix}${layer.name}${call > 0 ? `_${call}` : ''}`);
    const rank = inputs[0]!.rank;
    importer({
      draft: this.draft,
      layer,
      name,
      inputs: inputs.map(({ node }) => node),
      rank,
      weights: (roles) => roles.map((role, index) => this.array(layer, path, role, index)),
    });
    return [{ node: name, rank: rankAfter(layer, rank) }];
  }

  private array(layer: KerasLayer, path: LayerPath, role: string, index: number): Float32Array {
    const found = this.weights.find(layer, path, role, index);
    if (found) return found;
    throw new OptimizerError(
      `layer ${layer.name} (${layer.className}): no float32 array ${role} in the weights`,
      {
        code: 'NO_WEIGHTS',
        where: path.map(({ name }) => name).join('/'),
        expected: `${role}, array ${index} of the layer`,
        hint: 'give the weights that belong to this configuration',
      },
    );
  }

  private unique(name: string): string {
    let own = name;
    for (let i = 1; this.names.has(own); i++) own = `${name}#${i}`;
    this.names.add(own);
    return own;
  }
}

const key = ({ layer, call, index }: TensorReference) => JSON.stringify([layer, call, index]);

/** Each layer's path, also by class: Keras numbers the groups of a class in the order of the layers. */
function layerPaths(model: KerasModel, outer: LayerPath): Map<KerasLayer, LayerPath> {
  const seen = new Map<string, number>();
  return new Map(
    model.layers.map((layer) => {
      const name = snakeCase(layer.className);
      const count = seen.get(name) ?? 0;
      seen.set(name, count + 1);
      return [layer, [...outer, { name: layer.name, byClass: count === 0 ? name : `${name}_${count}` }]];
    }),
  );
}

function inputShape(layer: KerasLayer | undefined): number[] {
  const { batch_input_shape: old, batch_shape: batched } = layer?.config ?? {};
  const shape = (old ?? batched) as (number | null)[] | undefined;
  const known = shape?.slice(1);
  if (known?.length && known.every((n): n is number => typeof n === 'number' && n > 0)) return known;
  throw badConfig(`${layer?.name ?? 'input'}, shape`, 'sizes of all dimensions but the batch', shape ?? null);
}

/** Dimensions of a layer's output, without the batch. */
function rankAfter({ className, config }: KerasLayer, rank: number): number {
  if (className === 'Flatten') return 1;
  if (className === 'Reshape') return (config.target_shape as number[]).length;
  return className.startsWith('Global') && config.keepdims !== true ? 1 : rank;
}
