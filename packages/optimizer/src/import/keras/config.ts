import { OptimizerError } from '../../errors.js';

/** A layer of a Keras model's configuration. */
export interface KerasLayer {
  className: string;
  name: string;
  config: Record<string, unknown>;
  /** For each time the layer is called, the tensors that it takes. */
  calls: TensorReference[][];
}

/** An output of a call of a layer. */
export interface TensorReference {
  layer: string;
  call: number;
  index: number;
}

/** A functional or sequential model. */
export interface KerasModel {
  name: string;
  layers: KerasLayer[];
  inputs: TensorReference[];
  outputs: TensorReference[];
}

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a layer is a model of its own. */
export const isModel = (className: string): boolean =>
  ['Functional', 'Model', 'Sequential'].includes(className);

/**
 * Reads the configuration of a model, as `model.to_json()` of Keras 2 and 3, .h5, .keras and tfjs files have it.
 * @throws OptimizerError naming what is missing
 */
export function parseModel(value: unknown, where: string): KerasModel {
  if (!isObject(value) || typeof value.class_name !== 'string' || value.config === undefined)
    throw badConfig(where, 'an object with class_name and config', value);
  if (!isModel(value.class_name))
    throw badConfig(where, 'class_name Functional or Sequential', value.class_name);
  // A sequential model of Keras 2.1 and older is a bare list of layers.
  const config = Array.isArray(value.config) ? { layers: value.config } : (value.config as Json);
  if (!Array.isArray(config.layers))
    throw badConfig(`${where}.config.layers`, 'a list of layers', config.layers);
  const layers = config.layers.map((layer, i) => parseLayer(layer, `${where}.config.layers[${i}]`));
  const name = String(config.name ?? 'model');
  if (value.class_name === 'Sequential') return sequential(name, layers);
  const inputs = references(config.input_layers, `${where}.config.input_layers`);
  const outputs = references(config.output_layers, `${where}.config.output_layers`);
  countCallsFrom0(layers, outputs);
  return { name, layers, inputs, outputs };
}

/** Calls are listed from the first inside of this model; references count from the first ever, as that of a model's own. */
function countCallsFrom0(layers: KerasLayer[], outputs: TensorReference[]): void {
  const references = [...layers.flatMap(({ calls }) => calls.flat()), ...outputs];
  for (const layer of layers) {
    const own = references.filter((one) => one.layer === layer.name);
    const before = Math.max(0, ...own.map(({ call }) => call - (layer.calls.length - 1)));
    for (const one of own) one.call -= before;
  }
}

/** Layers one after the other. Older files leave the input out: the first layer's batch_input_shape tells it. */
function sequential(name: string, layers: KerasLayer[]): KerasModel {
  const all = [...layers];
  if (all[0] && all[0].className !== 'InputLayer') {
    const config = isModel(all[0].className) ? firstInput(all[0]) : all[0].config;
    all.unshift({ className: 'InputLayer', name: `${name}_input`, config, calls: [[]] });
  }
  all.forEach((layer, i) => {
    layer.calls = [i === 0 ? [] : [{ layer: all[i - 1]!.name, call: 0, index: 0 }]];
  });
  const at = (layer: KerasLayer | undefined) => (layer ? [{ layer: layer.name, call: 0, index: 0 }] : []);
  return { name, layers: all, inputs: at(all[0]), outputs: at(all.at(-1)) };
}

function firstInput(layer: KerasLayer): Json {
  const inner = parseModel({ class_name: layer.className, config: layer.config }, layer.name);
  return inner.layers[0]?.config ?? {};
}

function parseLayer(value: unknown, where: string): KerasLayer {
  if (!isObject(value) || typeof value.class_name !== 'string')
    throw badConfig(where, 'a layer with class_name', value);
  const config = (isObject(value.config) ? value.config : { layers: value.config }) as Json;
  const name = value.name ?? config.name;
  if (typeof name !== 'string') throw badConfig(`${where}.name`, 'a name', name);
  const calls = Array.isArray(value.inbound_nodes)
    ? value.inbound_nodes.map((call, i) => parseCall(call, `${where}.inbound_nodes[${i}]`))
    : [];
  return { className: value.class_name, name, config, calls: calls.length > 0 ? calls : [[]] };
}

/** Keras 2: a list of [layer, call, index, arguments]. Keras 3: {args, kwargs} with tensors that tell their history. */
function parseCall(call: unknown, where: string): TensorReference[] {
  if (Array.isArray(call)) return references(call, where);
  if (!isObject(call)) throw badConfig(where, 'what the layer takes', call);
  const found: TensorReference[] = [];
  const collect = (value: unknown): void => {
    if (Array.isArray(value)) for (const one of value) collect(one);
    else if (isObject(value) && value.class_name === '__keras_tensor__')
      found.push(reference((value.config as Json | undefined)?.keras_history, where));
  };
  collect(call.args);
  collect(Object.values(isObject(call.kwargs) ? call.kwargs : {}));
  return found;
}

function references(value: unknown, where: string): TensorReference[] {
  if (!Array.isArray(value)) throw badConfig(where, 'a list of [layer, call, index]', value);
  if (typeof value[0] === 'string') return [reference(value, where)];
  return value.map((one) => reference(one, where));
}

function reference(value: unknown, where: string): TensorReference {
  const [layer, call = 0, index = 0] = Array.isArray(value) ? value : [];
  if (typeof layer !== 'string') throw badConfig(where, '[layer, call, index]', value);
  return { layer, call: Number(call), index: Number(index) };
}

export function badConfig(where: string, expected: string, received: unknown): OptimizerError {
  const got = JSON.stringify(received)?.slice(0, 80) ?? 'nothing';
  return new OptimizerError(`${where}: expected ${expected} but received ${got}`, {
    code: 'BAD_KERAS_CONFIG',
    where,
    expected,
    received: got,
  });
}
