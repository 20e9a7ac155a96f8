import { noise } from '@weightfold/test-support';
import { ActivationFunctionType, ModelBuilder, Padding, TensorType } from '@weightfold/tflite';

export type Quantization = { scale: number; zero: number };
export type Image = Quantization & { index: number; height: number; width: number; channels: number };

/** A network under construction: its images so far, and random choices that its seed alone decides. */
export class NetworkDraft {
  protected readonly builder = new ModelBuilder('random network');
  protected readonly images: Image[] = [];
  protected readonly outputs = new Set<number>();
  protected readonly batch: number;
  private readonly random: Uint8Array;
  private at = 0;

  constructor(protected readonly seed: number) {
    this.random = noise(4096, 1 + seed);
    this.batch = 1 + (seed % 2);
  }

  protected get last(): Image {
    return this.images.at(-1)!;
  }

  protected below(n: number): number {
    return this.random[this.at++ % this.random.length]! % n;
  }

  protected quantization(): Quantization {
    return { scale: Math.fround(0.03 + 0.01 * this.below(6)), zero: this.below(60) - 30 };
  }

  protected image(height: number, width: number, channels: number, { scale, zero }: Quantization): Image {
    const shape = [this.batch, height, width, channels];
    const quantization = { scale: [scale], zeroPoint: [zero] };
    const name = `t${this.images.length}`;
    const index = this.builder.addTensor({ name, shape, type: TensorType.INT8, quantization });
    this.images.push({ index, height, width, channels, scale, zero });
    if (this.below(8) === 0) this.outputs.add(index);
    return this.last;
  }

  protected constant(
    shape: number[],
    data: Int8Array | Int32Array,
    scale: number[] = [],
    dimension = 0,
  ): number {
    const type = data instanceof Int8Array ? TensorType.INT8 : TensorType.INT32;
    const quantization = { scale, zeroPoint: scale.map(() => 0), dimension };
    return this.builder.addTensor({
      name: 'c',
      shape,
      type,
      data,
      ...(scale.length > 0 ? { quantization } : {}),
    });
  }

  /** Weights and bias of an operator with `channels` outputs, which are dimension `dimension` of the weights. */
  protected weights(shape: number[], dimension: number, x: Image): [weights: number, bias: number] {
    const channels = shape[dimension]!;
    const size = shape.reduce((product, n) => product * n, 1);
    // −128 is in no file that TensorFlow writes, and in every fifth of ours.
    const least = this.seed % 5 === 0 ? -128 : -127;
    const codes = new Int8Array(noise(size, this.seed + this.at).buffer).map((code) => Math.max(least, code));
    const scale = 0.5 / Math.sqrt(size / channels) / 40;
    const scales = Array.from({ length: this.seed % 2 ? channels : 1 }, () =>
      Math.fround(scale * (this.seed % 2 ? 0.5 + this.below(100) / 100 : 1)),
    );
    const bias = Int32Array.from({ length: channels }, () => 20 * (this.below(200) - 100));
    if (this.seed % 3 === 0 && dimension === 0) this.clearChannels(codes, bias);
    const biasScales = scales.map((one) => Math.fround(one * x.scale));
    return [this.constant(shape, codes, scales, dimension), this.constant([channels], bias, biasScales)];
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

  /** A tensor of one row of `channels` for each example. */
  protected row(channels: number, { scale, zero }: Quantization): Image {
    const quantization = { scale: [scale], zeroPoint: [zero] };
    const shape = [this.batch, channels];
    const index = this.builder.addTensor({ name: 'row', shape, type: TensorType.INT8, quantization });
    return { index, height: 1, width: 1, channels, scale, zero };
  }

  /** Kernel, stride, padding, and the size of the output. */
  protected window(x: Image, sizes: number[]) {
    const kernel = Math.min(sizes[this.below(sizes.length)]!, x.height, x.width);
    const stride = 1 + this.below(2);
    const same = this.below(3) > 0;
    const out = (size: number) => Math.ceil((same ? size : size - kernel + 1) / stride);
    const padding = same ? Padding.SAME : Padding.VALID;
    return { kernel, stride, padding, height: out(x.height), width: out(x.width) };
  }

  protected activation(): ActivationFunctionType {
    return [ActivationFunctionType.NONE, ActivationFunctionType.RELU, ActivationFunctionType.RELU6][
      this.below(3)
    ]!;
  }
}
