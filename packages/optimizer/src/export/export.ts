import {
  BuiltinOperator,
  BuiltinOptions,
  DequantizeOptionsT,
  type Model,
  ModelBuilder,
  QuantizeOptionsT,
  TensorType,
  writeModel,
} from '@weightfold/tflite';
import { type Graph, isWeighted, type WeightedNode } from '../graph/graph.js';
import { shapesOf } from '../graph/shapes.js';
import type { QuantizedLayer } from '../training/fold.js';
import {
  type ActivationQuantization,
  activationQuantization,
  type QuantizationPoints,
  quantizationPoints,
  type Ranges,
} from '../training/ranges.js';
import { quantizeBias } from './bias.js';
import { toTfliteLayout } from './layout.js';
import { type ExportedNode, operatorOf } from './operators.js';

export interface ExportOptions {
  /** Whether a layer has one scale instead of one for each channel. */
  perTensor: (node: WeightedNode) => boolean;
  /** Type of the model's inputs and outputs: with float32 it quantizes and dequantizes by itself. int8 when not given. */
  endpoints?: 'int8' | 'float32';
}

/**
 * Writes a fully int8 .tflite: weights as the layers' codes with a scale for each channel (one for the layer where it has
 * one), int32 biases, activations in the given ranges, batch of 1. Same input, same bytes.
 */
export function exportInt8(
  graph: Graph,
  layers: QuantizedLayer[],
  ranges: Ranges,
  options: ExportOptions,
): Uint8Array {
  return writeModel(new Exporter(graph, ranges, layers, options).run());
}

/** An int8 tensor of the file, and its quantization. */
interface Value extends ActivationQuantization {
  tensor: number;
}

class Exporter {
  private readonly builder = new ModelBuilder('weightfold');
  private readonly layers: Map<WeightedNode, QuantizedLayer>;
  private readonly shapes: Map<string, number[]>;
  private readonly points: QuantizationPoints;
  private readonly values = new Map<string, Value>();

  constructor(
    private readonly graph: Graph,
    private readonly ranges: Ranges,
    layers: QuantizedLayer[],
    private readonly options: ExportOptions,
  ) {
    this.layers = new Map(layers.map((layer) => [layer.node, layer]));
    this.shapes = shapesOf(graph);
    this.points = quantizationPoints(graph);
  }

  run(): Model {
    const inputs = this.graph.inputs.map(({ name }) => this.input(name));
    for (const node of this.graph.nodes) {
      if (node.op === 'DROPOUT') this.values.set(node.name, this.values.get(node.inputs[0]!)!);
      else if (node.op === 'CONSTANT') this.values.set(node.name, this.constant(node.name, node.data));
      else this.operator(node);
    }
    return this.builder.build(
      inputs,
      this.graph.outputs.map((name) => this.output(name)),
    );
  }

  private operator(node: ExportedNode): void {
    const from = node.inputs.map((name) => this.values.get(name)!);
    const operator = operatorOf(node, isWeighted(node) && this.options.perTensor(node));
    const inputs = this.operatorInputs(node, from);
    const to = this.activation(node.name, this.quantizationOf(node.name));
    this.builder.addOperator({ ...operator, inputs, outputs: [to.tensor] });
    this.values.set(node.name, to);
  }

  /** What an operator reads, in the order in which TFLite wants it. */
  private operatorInputs(node: ExportedNode, from: Value[]): number[] {
    const [first] = from as [Value];
    switch (node.op) {
      case 'CONV_2D':
      case 'DEPTHWISE_CONV_2D':
      case 'FULLY_CONNECTED':
        return [first.tensor, ...this.weightTensors(node, first.scale)];
      case 'TRANSPOSE_CONV': {
        const [weights, bias] = this.weightTensors(node, first.scale);
        const shape = this.integers(`${node.name}/shape`, [[1, ...this.shapes.get(node.name)!]]);
        return [shape, weights, first.tensor, bias];
      }
      case 'MEAN':
        return [first.tensor, this.integers(`${node.name}/axes`, [node.axes])];
      case 'PAD':
        return [first.tensor, this.integers(`${node.name}/paddings`, [[0, 0], ...node.paddings])];
      case 'RESHAPE':
        return [first.tensor, this.integers(`${node.name}/shape`, [[1, ...node.shape]])];
      case 'CONCATENATION':
        return from.map((value, i) => this.requantized(value, node.name, i));
      default:
        return from.map(({ tensor }) => tensor);
    }
  }

  /** Weights and bias of a node as constant tensors. */
  private weightTensors(node: WeightedNode, inputScale: number): [number, number] {
    const layer = this.layers.get(node)!;
    const quantized = quantizeBias(layer, {
      inputScale,
      outputScale: this.quantizationOf(node.name).scale,
      perTensor: this.options.perTensor(node),
    });
    const { shape, codes, dimension } = toTfliteLayout(node, quantized.codes);
    const zeroPoints = new Array(quantized.scales.length).fill(0);
    const weights = this.builder.addTensor({
      name: `${node.name}/weights`,
      shape,
      type: TensorType.INT8,
      quantization: { scale: quantized.scales, zeroPoint: zeroPoints, dimension },
      data: codes,
    });
    const bias = this.builder.addTensor({
      name: `${node.name}/bias`,
      shape: [quantized.bias.length],
      type: TensorType.INT32,
      quantization: {
        scale: quantized.scales.map((scale) => Math.fround(scale * inputScale)),
        zeroPoint: zeroPoints,
      },
      data: quantized.bias,
    });
    return [weights, bias];
  }

  /** A row of integers, or a matrix of several. */
  private integers(name: string, rows: readonly (readonly number[])[]): number {
    const shape = rows.length === 1 ? [rows[0]!.length] : [rows.length, rows[0]!.length];
    return this.builder.addTensor({
      name,
      shape,
      type: TensorType.INT32,
      data: Int32Array.from(rows.flat()),
    });
  }

  private constant(name: string, data: Float32Array): Value {
    const quantization = this.quantizationOf(name);
    const codes = Int8Array.from(data, (value) =>
      Math.max(-128, Math.min(127, Math.round(value / quantization.scale) + quantization.zeroPoint)),
    );
    return this.int8Tensor(name, this.shapes.get(name)!, quantization, codes);
  }

  /** The value in the quantization of the concatenation that copies it; it differs where the format fixes it. */
  private requantized(value: Value, concatenation: string, index: number): number {
    const wanted = this.quantizationOf(concatenation);
    if (value.scale === wanted.scale && value.zeroPoint === wanted.zeroPoint) return value.tensor;
    const node = this.graph.nodes.find(({ name }) => name === concatenation)!;
    const shape = [1, ...this.shapes.get(node.inputs[index]!)!];
    const to = this.int8Tensor(`${concatenation}/input${index}`, shape, wanted);
    this.quantize(value.tensor, to.tensor, 2);
    return to.tensor;
  }

  private input(name: string): number {
    const value = this.activation(name, this.quantizationOf(name));
    this.values.set(name, value);
    if (this.options.endpoints !== 'float32') return value.tensor;
    const float = this.floatTensor(`${name}/float`, name);
    this.quantize(float, value.tensor, 1);
    return float;
  }

  private output(name: string): number {
    const { tensor } = this.values.get(name)!;
    if (this.options.endpoints !== 'float32') return tensor;
    const float = this.floatTensor(`${name}/float`, name);
    this.builder.addOperator({
      builtin: BuiltinOperator.DEQUANTIZE,
      version: 2,
      inputs: [tensor],
      outputs: [float],
      optionsType: BuiltinOptions.DequantizeOptions,
      options: new DequantizeOptionsT(),
    });
    return float;
  }

  private quantize(from: number, to: number, version: number): void {
    this.builder.addOperator({
      builtin: BuiltinOperator.QUANTIZE,
      version,
      inputs: [from],
      outputs: [to],
      optionsType: BuiltinOptions.QuantizeOptions,
      options: new QuantizeOptionsT(),
    });
  }

  private quantizationOf(name: string): ActivationQuantization {
    const fixed = this.points.fixedOf(name);
    return fixed ?? activationQuantization(this.ranges.get(this.points.pointOf(name)!)!);
  }

  private activation(name: string, quantization: ActivationQuantization): Value {
    return this.int8Tensor(name, [1, ...this.shapes.get(name)!], quantization);
  }

  private int8Tensor(
    name: string,
    shape: number[],
    { scale, zeroPoint }: ActivationQuantization,
    data?: Int8Array,
  ): Value {
    const quantization = { scale: [scale], zeroPoint: [zeroPoint] };
    const spec = { name, shape, type: TensorType.INT8, quantization, ...(data ? { data } : {}) };
    return { tensor: this.builder.addTensor(spec), scale, zeroPoint };
  }

  private floatTensor(name: string, like: string): number {
    return this.builder.addTensor({ name, shape: [1, ...this.shapes.get(like)!], type: TensorType.FLOAT32 });
  }
}
