import type { GraphNode, Pair } from '../../graph/graph.js';
import { asImage, checkFormat, type LayerContext, number, pair, product } from './layer-context.js';

export function reshape({ draft, layer, name, inputs }: LayerContext): void {
  const wanted = (layer.config.target_shape as number[]).map(Number);
  const size = product(draft.shapeOf(inputs[0]!));
  const known = wanted.filter((n) => n >= 0).reduce((all, n) => all * n, 1);
  const shape = wanted.map((n) => (n < 0 ? size / known : n));
  draft.add({ op: 'RESHAPE', name, inputs, shape: asImage(shape) });
}

export function dropout({ draft, layer, name, inputs }: LayerContext): void {
  draft.add({ op: 'DROPOUT', name, inputs, rate: number(layer.config.rate, 0) });
}

/** Layers that do nothing at inference. */
export function passThrough({ draft, name, inputs }: LayerContext): void {
  draft.alias(name, inputs[0]!);
}

export function globalAverage(context: LayerContext): void {
  checkFormat(context);
  const { draft, layer, name, inputs } = context;
  const keepDims = layer.config.keepdims === true;
  draft.add({ op: 'MEAN', name, inputs, axes: [1, 2], keepDims });
}

export function globalMax(context: LayerContext): void {
  checkFormat(context);
  const { draft, layer, name, inputs } = context;
  const [height, width, channels] = draft.shapeOf(inputs[0]!) as [number, number, number];
  const kernel: Pair = [height, width];
  const own = layer.config.keepdims === true ? name : `${name}/pool`;
  draft.add({ op: 'MAX_POOL_2D', name: own, inputs, kernel, strides: kernel, padding: 'VALID' });
  if (own !== name) draft.add({ op: 'RESHAPE', name, inputs: [own], shape: [channels] });
}

export function pool(context: LayerContext): void {
  checkFormat(context);
  const { draft, layer, name, inputs } = context;
  const { config, className } = layer;
  const kernel = pair(layer, 'pool_size', 2);
  draft.add({
    op: className.startsWith('Max') ? 'MAX_POOL_2D' : 'AVERAGE_POOL_2D',
    name,
    inputs,
    kernel,
    strides: config.strides ? pair(layer, 'strides', 1) : kernel,
    padding: config.padding === 'same' ? 'SAME' : 'VALID',
  });
}

export function zeroPadding(context: LayerContext): void {
  checkFormat(context);
  const { draft, layer, name, inputs } = context;
  const padding = layer.config.padding as number | (number | number[])[];
  const rows = (Array.isArray(padding) ? padding : [padding, padding]).map((row) =>
    Array.isArray(row) ? row.map(Number) : [Number(row), Number(row)],
  );
  // 1-D: [before, behind] of the time axis.
  const time = layer.className === 'ZeroPadding1D' ? [padding].flat(2).map(Number) : undefined;
  const paddings = time
    ? [
        [time[0]!, time[1] ?? time[0]!],
        [0, 0],
      ]
    : rows;
  draft.add({ op: 'PAD', name, inputs, paddings: [...paddings, [0, 0]] as [number, number][] });
}

export function elementwise({ draft, name, inputs }: LayerContext, op: 'ADD' | 'SUB' | 'MUL'): void {
  let sum = inputs[0]!;
  inputs.slice(1).forEach((input, i) => {
    const own = i === inputs.length - 2 ? name : `${name}/${i}`;
    draft.add({ op, name: own, inputs: [sum, input], activation: 'NONE' });
    sum = own;
  });
}

export function concatenate({ draft, layer, name, inputs, rank }: LayerContext): void {
  const axis = number(layer.config.axis, -1);
  const counted = axis < 0 ? axis + rank + 1 : axis;
  // Channels of a sequence [batch, time, channels] are the third axis of the image that it is kept as.
  draft.add({ op: 'CONCATENATION', name, inputs, axis: rank === 2 && counted === 2 ? 3 : counted });
}

/** scale × x + offset. */
export function rescaling({ draft, layer, name, inputs }: LayerContext): void {
  const constant = (suffix: string, value: unknown): GraphNode => {
    const data = Float32Array.from([value].flat(), Number);
    return { op: 'CONSTANT', name: `${name}/${suffix}`, inputs: [], shape: [data.length], data };
  };
  draft.add(constant('scale', layer.config.scale ?? 1));
  draft.add({ op: 'MUL', name: `${name}/scaled`, inputs: [inputs[0]!, `${name}/scale`], activation: 'NONE' });
  draft.add(constant('offset', layer.config.offset ?? 0));
  draft.add({ op: 'ADD', name, inputs: [`${name}/scaled`, `${name}/offset`], activation: 'NONE' });
}
