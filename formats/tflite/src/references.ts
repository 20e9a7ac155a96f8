import { TfliteError } from './errors.js';
import type { OperatorT } from './generated/tflite/operator.js';
import type { SubGraphT } from './generated/tflite/sub-graph.js';
import type { TensorT } from './generated/tflite/tensor.js';
import type { Model } from './model.js';
import { bitsPerElement, elementCount, operatorName } from './tensors.js';

/** Tensors of higher rank do not exist in TensorFlow Lite; the bound keeps loops over shapes short. */
const maxRank = 32;

/** Checks every index of one part of a model into another, shapes, and that constant data has the size its tensor says. */
export function checkReferences(model: Model): void {
  if (model.subgraphs.length === 0) fail('Model.subgraphs', 'at least one subgraph', 'none');
  model.subgraphs.forEach((graph, g) => checkSubgraph(model, graph, `Model.subgraphs[${g}]`));
  model.metadata.forEach(({ buffer }, i) =>
    checkIndex(buffer, model.buffers.length, `Model.metadata[${i}].buffer`, 'buffers'),
  );
  model.metadataBuffer.forEach((buffer, i) =>
    checkIndex(buffer, model.buffers.length, `Model.metadataBuffer[${i}]`, 'buffers'),
  );
  model.signatureDefs.forEach((signature, s) => {
    const path = `Model.signatureDefs[${s}]`;
    checkIndex(signature.subgraphIndex, model.subgraphs.length, `${path}.subgraphIndex`, 'subgraphs');
    const tensors = model.subgraphs[signature.subgraphIndex]!.tensors.length;
    for (const key of ['inputs', 'outputs'] as const) {
      signature[key].forEach((map, i) =>
        checkIndex(map.tensorIndex, tensors, `${path}.${key}[${i}].tensorIndex`, 'tensors'),
      );
    }
  });
}

function checkSubgraph(model: Model, graph: SubGraphT, path: string): void {
  const count = graph.tensors.length;
  graph.tensors.forEach((tensor, t) => checkTensor(model, tensor, `${path}.tensors[${t}]`));
  graph.inputs.forEach((t, i) => checkIndex(t, count, `${path}.inputs[${i}]`, 'tensors'));
  graph.outputs.forEach((t, i) => checkIndex(t, count, `${path}.outputs[${i}]`, 'tensors'));
  graph.operators.forEach((operator, o) => checkOperator(model, operator, count, `${path}.operators[${o}]`));
}

function checkOperator(model: Model, operator: OperatorT, tensors: number, path: string): void {
  checkIndex(operator.opcodeIndex, model.operatorCodes.length, `${path}.opcodeIndex`, 'operator codes');
  if (operator.largeCustomOptionsOffset > 1n || operator.largeCustomOptionsSize > 1n) {
    fail(
      `${path}.largeCustomOptionsOffset`,
      'custom options inside the flatbuffer',
      `offset ${operator.largeCustomOptionsOffset}`,
    );
  }
  const named = `${path} (${operatorName(model, operator)})`;
  for (const key of ['inputs', 'outputs', 'intermediates'] as const) {
    operator[key].forEach((t, i) => {
      if (t !== -1) checkIndex(t, tensors, `${named}.${key}[${i}]`, 'tensors'); // -1: an optional tensor that is not there
    });
  }
}

function checkTensor(model: Model, tensor: TensorT, path: string): void {
  const named = `${path} ("${tensor.name ?? ''}")`;
  checkIndex(tensor.buffer, model.buffers.length, `${named}.buffer`, 'buffers');
  if (tensor.shape.length > maxRank)
    fail(`${named}.shape`, `at most ${maxRank} dimensions`, `${tensor.shape.length}`);
  tensor.shape.forEach((size, i) => {
    if (size < 0) fail(`${named}.shape[${i}]`, 'a size of at least 0', `${size}`);
  });
  checkQuantization(tensor, named);
  const bits = bitsPerElement(tensor.type);
  const data = model.buffers[tensor.buffer]!;
  if (bits === null || data.length === 0 || tensor.sparsity) return;
  const bytes = Math.ceil((elementCount(tensor) * bits) / 8);
  if (data.length < bytes)
    fail(`${named}.buffer`, `${bytes} bytes for shape [${tensor.shape.join(', ')}]`, `${data.length} bytes`);
}

function checkQuantization(tensor: TensorT, path: string): void {
  const quantization = tensor.quantization;
  if (!quantization || quantization.scale.length === 0) return;
  const { scale, zeroPoint } = quantization;
  if (zeroPoint.length > 0 && zeroPoint.length !== scale.length) {
    fail(
      `${path}.quantization.zeroPoint`,
      `${scale.length} values, one for each scale`,
      `${zeroPoint.length}`,
    );
  }
}

function checkIndex(index: number, count: number, path: string, of: string): void {
  if (!(index >= 0 && index < count)) fail(path, `an index below ${count} (number of ${of})`, `${index}`);
}

function fail(path: string, expected: string, received: string): never {
  throw new TfliteError(`damaged .tflite: ${path}: expected ${expected} but received ${received}`, {
    where: path,
    expected,
    received,
  });
}
