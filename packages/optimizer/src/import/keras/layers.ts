import { activationLayers } from './activation-layers.js';
import { type Importer, product } from './layer-context.js';
import {
  concatenate,
  dropout,
  elementwise,
  globalAverage,
  globalMax,
  passThrough,
  pool,
  rescaling,
  reshape,
  zeroPadding,
} from './shape-layers.js';
import { batchNormalization, convolution, dense, separable } from './weighted-layers.js';

/** What each Keras layer becomes. One that is not here is refused by name. */
export const importers: Record<string, Importer> = {
  Conv1D: convolution,
  Conv2D: convolution,
  DepthwiseConv1D: convolution,
  DepthwiseConv2D: convolution,
  SeparableConv1D: separable,
  SeparableConv2D: separable,
  Conv2DTranspose: convolution,
  Dense: dense,
  BatchNormalization: batchNormalization,
  ...activationLayers,
  Flatten: ({ draft, name, inputs }) =>
    draft.add({ op: 'RESHAPE', name, inputs, shape: [product(draft.shapeOf(inputs[0]!))] }),
  Reshape: reshape,
  Dropout: dropout,
  SpatialDropout1D: dropout,
  SpatialDropout2D: dropout,
  GaussianNoise: passThrough,
  GaussianDropout: passThrough,
  ActivityRegularization: passThrough,
  GlobalAveragePooling1D: globalAverage,
  GlobalAveragePooling2D: globalAverage,
  GlobalMaxPooling1D: globalMax,
  GlobalMaxPooling2D: globalMax,
  AveragePooling1D: pool,
  AveragePooling2D: pool,
  MaxPooling1D: pool,
  MaxPooling2D: pool,
  ZeroPadding1D: zeroPadding,
  ZeroPadding2D: zeroPadding,
  Add: (context) => elementwise(context, 'ADD'),
  Subtract: (context) => elementwise(context, 'SUB'),
  Multiply: (context) => elementwise(context, 'MUL'),
  Concatenate: concatenate,
  Rescaling: rescaling,
};
