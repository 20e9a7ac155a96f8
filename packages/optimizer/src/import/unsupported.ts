import { UnsupportedError } from '@weightfold/base';

/** What comes nearest to a layer that is not supported, by the layer's type in lower case. */
const nearest: [RegExp, string][] = [
  [/prelu|elu|selu|gelu|swish|silu|softplus|softsign|mish/, 'RELU, RELU6, LEAKY_RELU or HARD_SWISH'],
  [/lstm|gru|rnn|sequence|svdf|bidirectional|timedistributed/, 'convolutions over time (CONV_2D)'],
  [/conv3d|conv_3d|locallyconnected/, 'CONV_2D or DEPTHWISE_CONV_2D'],
  [/channels_first/, 'channels_last (NHWC): convert the model, weights stay as they are'],
  [/attention|einsum|matmul/, 'FULLY_CONNECTED'],
  [/norm/, 'batch normalization'],
  [/upsampl|resize/, 'TRANSPOSE_CONV'],
  [/pool|reduce/, 'AVERAGE_POOL_2D, MAX_POOL_2D or MEAN'],
  [/div|subtract|minimum|maximum|pow|sqrt|exp|log/, 'ADD, SUB or MUL'],
];

/** An error that names a layer, its type and the nearest supported thing. */
export function unsupported(layer: string, type: string, why?: string): UnsupportedError {
  const kind = why?.includes('channels_first') ? 'channels_first' : type.toLowerCase();
  const hint = nearest.find(([pattern]) => pattern.test(kind))?.[1];
  const reason = why ? `: ${why}` : ' is not supported';
  return new UnsupportedError(`layer ${layer} (${type})${reason}`, {
    where: layer,
    expected: 'a layer that weightfold imports (docs/formats/import.md)',
    received: type,
    hint: hint ? `nearest supported: ${hint}` : undefined,
  });
}
