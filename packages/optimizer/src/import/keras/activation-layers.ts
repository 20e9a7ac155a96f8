import type { ActivationNode } from '../../graph/graph.js';
import { unsupported } from '../unsupported.js';
import { checkLastAxis, type Importer, type LayerContext, number } from './layer-context.js';

/** Layers that are activations; `activation=` of another layer may be one of them, with its own settings. */
export const activationLayers: Record<string, Importer> = {
  Activation: (context) =>
    activation(context, context.layer.config.activation, context.inputs[0]!, context.name),
  ReLU: rectifier,
  LeakyReLU: ({ draft, layer, name, inputs }) =>
    draft.add({
      op: 'LEAKY_RELU',
      name,
      inputs,
      alpha: number(layer.config.negative_slope ?? layer.config.alpha, 0.3),
    }),
  Softmax: (context) => {
    checkLastAxis(context, context.layer.config.axis);
    activation(context, 'softmax', context.inputs[0]!, context.name);
  },
};

function rectifier(context: LayerContext): void {
  const { draft, layer, name, inputs } = context;
  const { max_value: max, negative_slope: slope, threshold } = layer.config;
  const refuse = (what: string, received: unknown) =>
    unsupported(layer.name, 'ReLU', `expected ${what} but received ${String(received)}`);
  if (number(threshold, 0) !== 0) throw refuse('a threshold of 0', threshold);
  const [alpha, most] = [number(slope, 0), number(max, Number.POSITIVE_INFINITY)];
  if (most === Number.POSITIVE_INFINITY)
    draft.add(alpha === 0 ? { op: 'RELU', name, inputs } : { op: 'LEAKY_RELU', name, inputs, alpha });
  else if (most !== 6) throw refuse('a max_value of 6 or none', max);
  else if (alpha !== 0) throw refuse('a negative_slope of 0 beside a max_value', slope);
  else draft.add({ op: 'RELU6', name, inputs });
}

const activations: Record<string, ActivationNode['op']> = {
  relu: 'RELU',
  relu6: 'RELU6',
  softmax: 'SOFTMAX',
  sigmoid: 'LOGISTIC',
  tanh: 'TANH',
  hard_swish: 'HARD_SWISH',
  hard_silu: 'HARD_SWISH',
};

/** An activation that is a layer of its own settings: `activation=layers.ReLU(max_value=6)`. */
function activationLayer(value: unknown): { className: string; config: Record<string, unknown> } | null {
  const { class_name: className, config } = (value ?? {}) as { class_name?: unknown; config?: unknown };
  return typeof className === 'string' && typeof config === 'object' && config !== null
    ? { className, config: config as Record<string, unknown> }
    : null;
}

function activationName(value: unknown): string {
  if (value === null || value === undefined) return 'linear';
  if (typeof value === 'string') return value;
  const { class_name, config } = value as { class_name?: string; config?: unknown };
  return String(typeof config === 'string' ? config : (class_name ?? value)).toLowerCase();
}

/** Whether a layer carries an activation that does something. */
export const hasActivation = (config: Record<string, unknown>) =>
  activationName(config.activation) !== 'linear';

/** Adds the activation that a layer carries, behind the node that it belongs to. */
export function activation(context: LayerContext, value: unknown, from: string, name: string): void {
  const { draft, layer } = context;
  const own = activationLayer(value);
  if (own) {
    const importer = Object.hasOwn(activationLayers, own.className)
      ? activationLayers[own.className]
      : undefined;
    if (!importer) throw unsupported(layer.name, `activation ${own.className}`);
    importer({ ...context, layer: { ...layer, ...own }, inputs: [from] });
    return;
  }
  const kind = activationName(value);
  if (kind === 'linear') {
    if (from !== name) draft.alias(name, from);
    return;
  }
  if (kind === 'leaky_relu') {
    draft.add({ op: 'LEAKY_RELU', name, inputs: [from], alpha: 0.2 }); // Keras' default; a layer has its own
    return;
  }
  const op = activations[kind];
  if (!op) throw unsupported(layer.name, `activation ${kind}`);
  draft.add({ op, name, inputs: [from] });
}
