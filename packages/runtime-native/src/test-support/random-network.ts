import { noise } from '@weightfold/test-support';
import {
  ActivationFunctionType,
  AddOptionsT,
  BuiltinOperator,
  BuiltinOptions,
  ConcatenationOptionsT,
  Conv2DOptionsT,
  DepthwiseConv2DOptionsT,
  FullyConnectedOptionsT,
  LeakyReluOptionsT,
  type Model,
  MulOptionsT,
  Pool2DOptionsT,
  ReducerOptionsT,
  ReshapeOptionsT,
  SoftmaxOptionsT,
  TensorType,
} from '@weightfold/tflite';
import { type Image, NetworkDraft, type Quantization } from './network-draft.js';

/**
 * Networks of operators that convolutional networks are made of, put together at random: the same seed gives the same network. Of five,
 * one is wide (up to 200 channels, mostly 1 x 1), which reaches the large tiles of kernels.
 */
export class RandomNetwork extends NetworkDraft {
  private readonly wide: boolean;

  constructor(
    seed: number,
    private readonly length: number,
  ) {
    super(seed);
    this.wide = seed % 5 === 4;
  }

  build(): Model {
    const input = this.image(
      5 + this.below(8),
      5 + this.below(6),
      1 + this.below(this.wide ? 80 : 9),
      this.quantization(),
    );
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
      this.concatenation,
    ];
    for (let i = 0; i < this.length; i++) steps[this.below(steps.length)]!.call(this);
    if (this.seed % 4 === 1) this.head();
    this.outputs.add(this.last.index);
    this.outputs.delete(input.index);
    if (this.outputs.size === 0) {
      this.conv();
      this.outputs.add(this.last.index);
    }
    return this.builder.build([input.index], [...this.outputs]);
  }

  private conv(): void {
    const x = this.last;
    const { kernel, stride, padding, height, width } = this.window(x, this.wide ? [1, 1, 1, 3] : [1, 3, 5]);
    const channels = 1 + this.below(this.wide ? 160 : 20) + (this.seed % 3 === 0 ? 20 : 0);
    const [w, b] = this.weights([channels, kernel, kernel, x.channels], 0, x);
    const y = this.image(height, width, channels, this.quantization());
    const options = new Conv2DOptionsT(padding, stride, stride, this.activation());
    const spec = { builtin: BuiltinOperator.CONV_2D, optionsType: BuiltinOptions.Conv2DOptions, options };
    this.builder.addOperator({ ...spec, inputs: [x.index, w, b], outputs: [y.index] });
  }

  private depthwise(): void {
    const x = this.last;
    const { kernel, stride, padding, height, width } = this.window(x, [3, 5]);
    const multiplier = x.channels < 40 && this.below(4) === 0 ? 2 + this.below(7) : 1;
    const channels = x.channels * multiplier;
    const [w, b] = this.weights([1, kernel, kernel, channels], 3, x);
    const y = this.image(height, width, channels, this.quantization());
    const options = new DepthwiseConv2DOptionsT(padding, stride, stride, multiplier, this.activation());
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

  /** Of the last image and the first of its height, width, scale and zero point, which may be itself: as a concatenation copies. */
  private concatenation(): void {
    const x = this.last;
    const alike = (other: Image) =>
      other.height === x.height &&
      other.width === x.width &&
      other.scale === x.scale &&
      other.zero === x.zero;
    const other = this.images.find(alike)!;
    if (x.channels + other.channels > 256) return;
    const y = this.image(x.height, x.width, x.channels + other.channels, x);
    const options = new ConcatenationOptionsT(3, ActivationFunctionType.NONE);
    const optionsType = BuiltinOptions.ConcatenationOptions;
    const spec = { builtin: BuiltinOperator.CONCATENATION, optionsType, options };
    this.builder.addOperator({ ...spec, inputs: [x.index, other.index], outputs: [y.index] });
  }

  /** What classifiers end with: mean over the image, fully connected, softmax. */
  private head(): void {
    const x = this.last;
    const axes = this.constant([2], Int32Array.of(1, 2));
    const mean = this.row(x.channels, this.quantization());
    const classes = 1 + this.below(this.wide ? 200 : 20);
    const [w, b] = this.weights([classes, x.channels], 0, mean);
    const dense = this.row(classes, this.quantization());
    const softmax = this.row(classes, { scale: 1 / 256, zero: -128 });
    this.builder.addOperator({
      builtin: BuiltinOperator.MEAN,
      optionsType: BuiltinOptions.ReducerOptions,
      options: new ReducerOptionsT(false),
      inputs: [x.index, axes],
      outputs: [mean.index],
    });
    this.builder.addOperator({
      builtin: BuiltinOperator.FULLY_CONNECTED,
      optionsType: BuiltinOptions.FullyConnectedOptions,
      options: new FullyConnectedOptionsT(this.activation()),
      inputs: [mean.index, w, b],
      outputs: [dense.index],
    });
    this.builder.addOperator({
      builtin: BuiltinOperator.SOFTMAX,
      optionsType: BuiltinOptions.SoftmaxOptions,
      options: new SoftmaxOptionsT(1),
      inputs: [dense.index],
      outputs: [softmax.index],
    });
    this.outputs.add(softmax.index);
  }
}
