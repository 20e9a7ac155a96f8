import type { Product } from '@weightfold/container';
import { dtypeName, elementCount, type Model, readModel, TfliteError, tensorBytes } from '@weightfold/tflite';
import { type Region, type TensorShape, withoutOverlaps } from './regions.js';
import { locateScales } from './scales.js';

/** What the compressor knows of a file: regions that deserve a model of their own; all else is structure. */
export interface ParsedFile {
  /** Null when the file is a .tflite; else why it is treated as plain bytes. */
  unparsed: string | null;
  regions: Region[];
  products: Product[];
}

/** Constant data shorter than this stays in the structure stream: an own block would cost more than it gains. */
const smallestTensor = 256;

type Tensor = Model['subgraphs'][number]['tensors'][number];

function describe(tensor: Tensor): TensorShape {
  const quantization = tensor.quantization;
  const dtype = dtypeName(tensor.type);
  return {
    name: String(tensor.name ?? ''),
    shape: tensor.shape,
    elementSize: Math.max(1, Math.round(tensorBytes(tensor) / Math.max(1, elementCount(tensor)))),
    dtype,
    center: Number(quantization?.zeroPoint[0] ?? 0) & 255,
    channelDimension: (quantization?.scale.length ?? 0) > 1 ? quantization!.quantizedDimension : -1,
  };
}

/** Regions of all constant buffers, each described by the first tensor that uses it. */
function bufferRegions(bytes: Uint8Array, model: Model): Region[] {
  const users = new Map<number, Tensor>();
  for (const graph of model.subgraphs) {
    for (const tensor of graph.tensors) if (!users.has(tensor.buffer)) users.set(tensor.buffer, tensor);
  }
  return model.buffers.flatMap((buffer, id): Region[] => {
    const user = users.get(id);
    if (!user || buffer.length === 0) return [];
    const tensor = describe(user);
    const offset = buffer.byteOffset - bytes.byteOffset;
    if (tensor.dtype === 'int32' && tensor.shape.length <= 1 && buffer.length >= 16) {
      return [{ kind: 'biases', offset, length: buffer.length, id, tensor }];
    }
    if (buffer.length < smallestTensor) return [];
    return [{ kind: 'tensor', offset, length: buffer.length, id, tensor }];
  });
}

/**
 * Finds the parts of a .tflite file. Any other bytes come back as one unparsed whole: compression is lossless whatever
 * the contents.
 */
export function parseFile(bytes: Uint8Array): ParsedFile {
  let model: Model;
  try {
    model = readModel(bytes);
  } catch (error) {
    if (!(error instanceof TfliteError)) throw error;
    return { unparsed: error.message, regions: [], products: [] };
  }
  const buffers = withoutOverlaps(bufferRegions(bytes, model));
  const { regions, products } = locateScales(bytes, model, buffers);
  return { unparsed: null, regions: withoutOverlaps([...buffers, ...regions]), products };
}
