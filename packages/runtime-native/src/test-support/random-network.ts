import { noise } from '@weightfold/test-support';
import {
  ActivationFunctionType,
  AddOptionsT,
  BuiltinOperator,
  BuiltinOptions,
  Conv2DOptionsT,
  DepthwiseConv2DOptionsT,
  LeakyReluOptionsT,
  type Model,
  ModelBuilder,
  MulOptionsT,
  Padding,
  Pool2DOptionsT,
  ReshapeOptionsT,
  TensorType,
} from '@weightfold/tflite';

type Image = { index: number; height: number; width: number; channels: number; scale: number; zero: number };
type Quantization = Pick<Image, 'scale' | 'zero'>;

/** Networks of operators that the lowering passes change, put together at random: the same seed gives the same network. */
export class RandomNetwork {
  private readonly builder = new ModelBuilder('random network');
  private readonly random: Uint8Array;
  private at = 0;
  private readonly images: Image[] = [];
  private readonly outputs = new Set<number>();
  private readonly batch: number;

  constructor(
    private readonly seed: number,
    private readonly length: number,
  ) {
    this.random = noise(4096, 1 + seed);
    this.batch = 1 + (seed % 2);
  }

  build(): Model {
    const input = this.image(5 + this.below(8), 5 + this.below(6), 1 + this.below(9), this.quantization());
    const steps = [
      this.conv,
      this.conv,
      this.depthwise,
      this.pad,
      this.relu,
      this.add,
      this.product,
      this.table,
      this.pool,
      this.reshape,
    ];
    for (let i = 0; i < this.length; i++) steps[this.below(steps.length)]!.call(this);
    this.outputs.add(this.last.index);
    this.outputs.delete(input.index);
    if (this.outputs.size === 0) {
      this.conv();
      this.outputs.add(this.last.index);
    }
    return this.builder.build([input.index], [...this.outputs]);
  }

  private get last(): Image {
    return this.images.at(-1)!;
  }

  private below(n: number): number {
    return this.random[this.at++ % this.random.length]! % n;
  }

  private quantization(): Quantization {
    return { scale: Math.fround(0.03 + 0.01 * this.below(6)), zero: this.below(60) - 30 };
  }

  private image(height: number, width: number, channels: number, { scale, zero }: Quantization): Image {
    const shape = [this.batch, height, width, channels];
    const quantization = { scale: [scale], zeroPoint: [zero] };
    const name = `t${this.images.length}`;
    const index = this.builder.addTensor({ name, shape, type: TensorType.INT8, quantization });
    this.images.push({ index, height, width, channels, scale, zero });
    if (this.below(8) === 0) this.outputs.add(index);
    return this.last;
  }

  private constant(shape: number[], data: Int8Array | Int32Array, scale: number[] = []): number {
    const type = data instanceof Int8Array ? TensorType.INT8 : TensorType.INT32;
    const quantization = { scale, zeroPoint: scale.map(() => 0) };
    return this.builder.addTensor({
      name: 'c',
      shape,
      type,
      data,
      ...(scale.length > 0 ? { quantization } : {}),
    });
  }

  private weights(shape: number[], channels: number, x: Image): [weights: number, bias: number] {
    const size = shape.reduce((product, n) => product * n, 1);
    const codes = new Int8Array(noise(size, this.seed + this.at).buffer).map((code) => Math.max(-127, code));
    const scale = Math.fround(0.5 / Math.sqrt(size / channels) / 40);
    const bias = Int32Array.from({ length: channels }, () => 20 * (this.below(200) - 100));
    if (this.seed % 3 === 0 && shape[0] === channels) this.clearChannels(codes, bias);
    const biasScale = Math.fround(scale * x.scale);
    return [this.constant(shape, codes, [scale]), this.constant([channels], bias, [biasScale])];
  }

  /** Two of three output channels without weights, as training leaves them behind: most of them far below every code. */
  private clearChannels(codes: Int8Array, bias: Int32Array): void {
    const depth = codes.length / bias.length;
    for (let channel = 0; channel < bias.length; channel++) {
      if (channel % 3 === 0) continue;
      codes.fill(0, channel * depth, (channel + 1) * depth);
      if (channel % 4 > 0) bias[channel] = -(2 ** 30);
    }
  }

  /** Kernel, stride, padding, and the size of the output. */
  private window(x: Image, sizes: number[]) {
    const kernel = Math.min(sizes[this.below(sizes.length)]!, x.height, x.width);
    const stride = 1 + this.below(2);
    const same = this.below(3) > 0;
    const out = (size: number) => Math.ceil((same ? size : size - kernel + 1) / stride);
    const padding = same ? Padding.SAME : Padding.VALID;
    return { kernel, stride, padding, height: out(x.height), width: out(x.width) };
  }

  private activation(): ActivationFunctionType {
    return [ActivationFunctionType.NONE, ActivationFunctionType.RELU, ActivationFunctionType.RELU6][
      this.below(3)
    ]!;
  }

  private conv(): void {
    const x = this.last;
    const { kernel, stride, padding, height, width } = this.window(x, [1, 3, 5]);
    const channels = 1 + this.below(20) + (this.seed % 3 === 0 ? 20 : 0);
    const [w, b] = this.weights([channels, kernel, kernel, x.channels], channels, x);
    const y = this.image(height, width, channels, this.quantization());
    const options = new Conv2DOptionsT(padding, stride, stride, this.activation());
    const spec = { builtin: BuiltinOperator.CONV_2D, optionsType: BuiltinOptions.Conv2DOptions, options };
    this.builder.addOperator({ ...spec, inputs: [x.index, w, b], outputs: [y.index] });
  }

  private depthwise(): void {
    const x = this.last;
    const { kernel, stride, padding, height, width } = this.window(x, [3, 5]);
    const [w, b] = this.weights([1, kernel, kernel, x.channels], x.channels, x);
    const y = this.image(height, width, x.channels, this.quantization());
    const options = new DepthwiseConv2DOptionsT(padding, stride, stride, 1, this.activation());
    const optionsType = BuiltinOptions.DepthwiseConv2DOptions;
    const spec = { builtin: BuiltinOperator.DEPTHWISE_CONV_2D, optionsType, options };
    this.builder.addOperator({ ...spec, inputs: [x.index, w, b], outputs: [y.index] });
  }

  private pad(): void {
    const x = this.last;
    const [top, bottom, left, right] = [0, 0, 0, 0].map(() => this.below(3)) as [
      number,
      number,
      number,
      number,
    ];
    const paddings = this.constant([4, 2], Int32Array.of(0, 0, top, bottom, left, right, 0, 0));
    const y = this.image(x.height + top + bottom, x.width + left + right, x.channels, x);
    const inputs = [x.index, paddings];
    const other = this.below(4) === 0;
    if (other) inputs.push(this.code(x));
    const builtin = other ? BuiltinOperator.PADV2 : BuiltinOperator.PAD;
    this.builder.addOperator({ builtin, inputs, outputs: [y.index] });
  }

  /** A constant with a code that may be the zero point. */
  private code({ scale, zero }: Quantization): number {
    const data = Int8Array.of(zero + this.below(2));
    const quantization = { scale: [scale], zeroPoint: [zero] };
    return this.builder.addTensor({ name: 'code', shape: [], type: TensorType.INT8, data, quantization });
  }

  /** TensorFlow Lite Micro's RELU6 takes the scales as equal. */
  private relu(): void {
    const x = this.last;
    const six = this.below(2) === 0;
    const quantization = six || this.below(3) > 0 ? x : this.quantization();
    const y = this.image(x.height, x.width, x.channels, quantization);
    const builtin = six ? BuiltinOperator.RELU6 : BuiltinOperator.RELU;
    this.builder.addOperator({ builtin, inputs: [x.index], outputs: [y.index] });
  }

  /** Of the last image and the first of its shape, which may be itself. */
  private add(): void {
    const x = this.last;
    const same = (other: Image) =>
      other.height === x.height && other.width === x.width && other.channels === x.channels;
    const other = this.images.find(same)!;
    const y = this.image(x.height, x.width, x.channels, this.quantization());
    const inputs = this.below(2) ? [x.index, other.index] : [other.index, x.index];
    const options = new AddOptionsT(this.activation());
    const spec = { builtin: BuiltinOperator.ADD, optionsType: BuiltinOptions.AddOptions, options };
    this.builder.addOperator({ ...spec, inputs, outputs: [y.index] });
  }

  /** Of the last image and itself or a vector of its channels. */
  private product(): void {
    const x = this.last;
    const vector = this.below(2) === 0;
    const codes = new Int8Array(noise(x.channels, this.seed).buffer);
    const factor = vector ? this.constant([x.channels], codes, [Math.fround(0.02)]) : x.index;
    const y = this.image(x.height, x.width, x.channels, this.quantization());
    const options = new MulOptionsT(this.activation());
    const spec = { builtin: BuiltinOperator.MUL, optionsType: BuiltinOptions.MulOptions, options };
    const inputs = this.below(2) ? [x.index, factor] : [factor, x.index];
    this.builder.addOperator({ ...spec, inputs, outputs: [y.index] });
  }

  private table(): void {
    const x = this.last;
    const y = this.image(x.height, x.width, x.channels, this.quantization());
    const options = new LeakyReluOptionsT(0.1);
    const optionsType = BuiltinOptions.LeakyReluOptions;
    const spec = { builtin: BuiltinOperator.LEAKY_RELU, optionsType, options };
    this.builder.addOperator({ ...spec, inputs: [x.index], outputs: [y.index] });
  }

  private pool(): void {
    const x = this.last;
    const { kernel, stride, padding, height, width } = this.window(x, [2, 3]);
    const y = this.image(height, width, x.channels, x);
    const options = new Pool2DOptionsT(padding, stride, stride, kernel, kernel, this.activation());
    const builtin = this.below(2) ? BuiltinOperator.AVERAGE_POOL_2D : BuiltinOperator.MAX_POOL_2D;
    const spec = { builtin, optionsType: BuiltinOptions.Pool2DOptions, options };
    this.builder.addOperator({ ...spec, inputs: [x.index], outputs: [y.index] });
  }

  private reshape(): void {
    const x = this.last;
    const shape = [this.batch, x.width, x.height, x.channels];
    const y = this.image(x.width, x.height, x.channels, x);
    const options = new ReshapeOptionsT(shape);
    const target = this.constant([4], Int32Array.from(shape));
    const spec = { builtin: BuiltinOperator.RESHAPE, optionsType: BuiltinOptions.ReshapeOptions, options };
    this.builder.addOperator({ ...spec, inputs: [x.index, target], outputs: [y.index] });
  }
}
