import {
  ActivationFunctionType,
  BuiltinOperator,
  BuiltinOptions,
  Conv2DOptionsT,
  DepthwiseConv2DOptionsT,
  FullyConnectedOptionsT,
  ModelBuilder,
  Padding,
  ReducerOptionsT,
  SoftmaxOptionsT,
  type TensorQuantization,
  TensorType,
  writeModel,
} from '@weightfold/tflite';
import type { ConvolutionNode, DenseNode, Graph, GraphNode, WeightedNode } from '../graph/graph.js';
import type { QuantizedLayer } from '../training/fold.js';
import { activationQuantization, inputPoint, type Range, type Ranges } from '../training/ranges.js';
import { quantizeBias } from './bias.js';
import { toTfliteLayout } from './layout.js';

const softmaxOutput: TensorQuantization = { scale: [1 / 256], zeroPoint: [-128] };

/**
 * Writes a fully int8 .tflite: int8 input and output, weights as the layers' codes with a scale for each channel (one for
 * the layer where it has one), int32 biases, activations in the given ranges, batch of 1. Same input, same bytes.
 */
export function exportInt8(
  graph: Graph,
  layers: QuantizedLayer[],
  ranges: Ranges,
  perTensor: (node: WeightedNode) => boolean,
): Uint8Array {
  const exporter = new Exporter(ranges, layers, perTensor);
  return writeModel(exporter.run(graph));
}

/** Where the walk through the graph is: the tensor just made, its shape and its scale. */
interface Cursor {
  tensor: number;
  shape: number[];
  scale: number;
}

class Exporter {
  private readonly builder = new ModelBuilder('weightfold');
  private readonly layers: Map<WeightedNode, QuantizedLayer>;

  constructor(
    private readonly ranges: Ranges,
    layers: QuantizedLayer[],
    private readonly perTensor: (node: WeightedNode) => boolean,
  ) {
    this.layers = new Map(layers.map((layer) => [layer.node, layer]));
  }

  run(graph: Graph) {
    const input = this.activation('input', [1, ...graph.inputShape], this.ranges.get(inputPoint)!);
    let cursor = input;
    for (const node of graph.nodes) cursor = this.node(node, cursor);
    return this.builder.build([input.tensor], [cursor.tensor]);
  }

  private node(node: GraphNode, from: Cursor): Cursor {
    switch (node.op) {
      case 'CONV_2D':
      case 'DEPTHWISE_CONV_2D':
        return this.convolution(node, from);
      case 'FULLY_CONNECTED':
        return this.dense(node, from);
      case 'MEAN':
        return this.mean(node.name, from);
      case 'SOFTMAX':
        return this.softmax(node.name, from);
      case 'DROPOUT':
        return from;
    }
  }

  private convolution(node: ConvolutionNode, from: Cursor): Cursor {
    const [, height = 0, width = 0] = from.shape;
    const shape = [1, outputSize(node, 0, height), outputSize(node, 1, width), node.channels];
    const to = this.activation(node.name, shape, this.rangeOf(node));
    const inputs = [from.tensor, ...this.weightTensors(node, from.scale)];
    const [strideH, strideW] = node.strides;
    const padding = Padding[node.padding];
    const activation = ActivationFunctionType[node.activation];
    if (node.op === 'CONV_2D') {
      this.builder.addOperator({
        builtin: BuiltinOperator.CONV_2D,
        version: 3, // int8 with a scale for each channel
        inputs,
        outputs: [to.tensor],
        optionsType: BuiltinOptions.Conv2DOptions,
        options: new Conv2DOptionsT(padding, strideW, strideH, activation, 1, 1),
      });
    } else {
      this.builder.addOperator({
        builtin: BuiltinOperator.DEPTHWISE_CONV_2D,
        version: 3,
        inputs,
        outputs: [to.tensor],
        optionsType: BuiltinOptions.DepthwiseConv2DOptions,
        options: new DepthwiseConv2DOptionsT(padding, strideW, strideH, 1, activation, 1, 1),
      });
    }
    return to;
  }

  private dense(node: DenseNode, from: Cursor): Cursor {
    const to = this.activation(node.name, [1, node.units], this.rangeOf(node));
    this.builder.addOperator({
      builtin: BuiltinOperator.FULLY_CONNECTED,
      version: this.perTensor(node) ? 4 : 12, // 4: int8; 12: int8 with a scale for each channel
      inputs: [from.tensor, ...this.weightTensors(node, from.scale)],
      outputs: [to.tensor],
      optionsType: BuiltinOptions.FullyConnectedOptions,
      options: new FullyConnectedOptionsT(ActivationFunctionType[node.activation]),
    });
    return to;
  }

  private mean(name: string, from: Cursor): Cursor {
    const axes = this.builder.addTensor({
      name: `${name}/axes`,
      shape: [2],
      type: TensorType.INT32,
      data: Int32Array.from([1, 2]),
    });
    const to = this.activation(name, [1, from.shape.at(-1)!], this.ranges.get(name)!);
    this.builder.addOperator({
      builtin: BuiltinOperator.MEAN,
      version: 2, // int8
      inputs: [from.tensor, axes],
      outputs: [to.tensor],
      optionsType: BuiltinOptions.ReducerOptions,
      options: new ReducerOptionsT(false),
    });
    return to;
  }

  private softmax(name: string, from: Cursor): Cursor {
    const tensor = this.builder.addTensor({
      name,
      shape: from.shape,
      type: TensorType.INT8,
      quantization: softmaxOutput,
    });
    this.builder.addOperator({
      builtin: BuiltinOperator.SOFTMAX,
      version: 2, // int8
      inputs: [from.tensor],
      outputs: [tensor],
      optionsType: BuiltinOptions.SoftmaxOptions,
      options: new SoftmaxOptionsT(1),
    });
    return { tensor, shape: from.shape, scale: 1 / 256 };
  }

  /** Weights and bias of a node as constant tensors. */
  private weightTensors(node: WeightedNode, inputScale: number): [number, number] {
    const layer = this.layers.get(node)!;
    const quantized = quantizeBias(layer, inputScale, this.perTensor(node));
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

  private activation(name: string, shape: number[], range: Range): Cursor {
    const { scale, zeroPoint } = activationQuantization(range);
    const quantization = { scale: [scale], zeroPoint: [zeroPoint] };
    return {
      tensor: this.builder.addTensor({ name, shape, type: TensorType.INT8, quantization }),
      shape,
      scale,
    };
  }

  /** A fused ReLU clips the calibrated range: [0, max], and [0, 6] for ReLU6. */
  private rangeOf(node: WeightedNode): Range {
    const { min, max } = this.ranges.get(node.name)!;
    if (node.activation === 'NONE') return { min, max };
    return { min: 0, max: node.activation === 'RELU6' ? Math.min(max, 6) : max };
  }
}

function outputSize(node: ConvolutionNode, axis: 0 | 1, size: number): number {
  const stride = node.strides[axis];
  return node.padding === 'SAME'
    ? Math.ceil(size / stride)
    : Math.ceil((size - node.kernel[axis] + 1) / stride);
}
