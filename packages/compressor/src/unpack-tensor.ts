import { UsageError } from '@weightfold/base';
import { type Container, decodeContainer, openContainer, type ReadOptions } from '@weightfold/container';
import { type Model, readModel } from '@weightfold/tflite';

/**
 * One constant tensor of a packed model, by its name or the index of its buffer. Of the other tensors nothing is decoded: their
 * places stay zero while names are looked up.
 *
 * @param wfz a container that holds a .tflite
 * @param tensor the tensor's name, or its index among the model's buffers
 * @returns the bytes of its buffer, as they are in the .tflite
 * @throws ContainerError for a damaged container, TfliteError when it holds no model, UsageError when there is no such tensor
 */
export function unpackTensor(
  wfz: Uint8Array,
  tensor: string | number,
  options: ReadOptions = {},
): Uint8Array {
  const container = openContainer(wfz, options);
  const own = new Set(container.blocks.flatMap(({ kind, id }) => (kind === 'tensor' ? [id] : [])));
  const file = withoutTensors(container);
  const model = readModel(file);
  const buffer = typeof tensor === 'number' ? tensor : bufferOf(model, tensor);
  const data = model.buffers[buffer];
  if (data && data.length > 0) {
    const from = data.byteOffset - file.byteOffset;
    const [start, end] = [from, from + data.length];
    // Files of this package have products for scales alone, and references in structure; the format allows them anywhere.
    const stored = container.references > 0 && container.blocks[0]!.kind === 'tensor';
    if (stored || container.products.some(({ target, count }) => target < end && target + 4 * count > start))
      return decodeContainer(wfz, options).slice(start, end);
    return own.has(buffer) ? container.tensor(buffer) : new Uint8Array(data);
  }
  throw noSuchTensor(tensor, 'a tensor with constant data', `buffer ${buffer}, which has none`);
}

/** The original with zeros where tensors are that have blocks of their own, and differences where products apply. */
function withoutTensors(container: Container): Uint8Array {
  const out = new Uint8Array(container.originalSize);
  const data = container.blocks.map(({ kind }, i) => (kind === 'tensor' ? null : container.decodeBlock(i)));
  const used = new Array<number>(data.length).fill(0);
  for (const { offset, length, block } of container.spans) {
    const from = used[block]!;
    used[block] = from + length;
    const bytes = data[block];
    if (bytes) out.set(bytes.subarray(from, from + length), offset);
  }
  if (data[0]) container.restoreReferences(out);
  return out;
}

function bufferOf({ subgraphs }: Model, name: string): number {
  for (const { tensors } of subgraphs) {
    const found = tensors.find((tensor) => tensor.name === name);
    if (found) return found.buffer;
  }
  throw noSuchTensor(name, 'the name of a tensor', `"${name}"`);
}

function noSuchTensor(tensor: string | number, expected: string, received: string): UsageError {
  return new UsageError(
    `no tensor ${JSON.stringify(tensor)} in this container: expected ${expected} but received ${received}`,
    {
      code: 'NO_TENSOR',
      where: `tensor ${JSON.stringify(tensor)}`,
      expected,
      received,
      hint: 'weightfold inspect lists the tensors.',
    },
  );
}
