import * as flatbuffers from 'flatbuffers';
import { TfliteError } from './errors.js';
import { Model as ModelTable } from './generated/tflite/model.js';
import type { Model } from './model.js';
import { checkReferences } from './references.js';
import { verifyFlatbuffer } from './verify.js';

const identifier = 'TFL3';
const schemaVersion = 3;

/**
 * Reads a .tflite file. The bytes are verified before they are trusted: structure first, then every index of one part of
 * the model into another. Buffers of the result are views into `bytes`; nothing of their size is copied.
 *
 * @throws TfliteError naming table, field, byte offset, what was expected and what came
 */
export function readModel(bytes: Uint8Array): Model {
  checkIdentifier(bytes);
  verifyFlatbuffer(bytes, 'Model');
  const table = ModelTable.getRootAsModel(new flatbuffers.ByteBuffer(bytes));
  if (table.version() !== schemaVersion) {
    throw new TfliteError(`Model.version: expected ${schemaVersion} but received ${table.version()}`, {
      where: 'Model.version',
      expected: `${schemaVersion}`,
      received: `${table.version()}`,
    });
  }
  const model: Model = {
    version: table.version(),
    description: table.description(),
    operatorCodes: list(table.operatorCodesLength(), (i) => table.operatorCodes(i)!.unpack()),
    subgraphs: list(table.subgraphsLength(), (i) => table.subgraphs(i)!.unpack()),
    buffers: list(table.buffersLength(), (i) => bufferData(table, i)),
    metadata: list(table.metadataLength(), (i) => table.metadata(i)!.unpack()),
    metadataBuffer: list(table.metadataBufferLength(), (i) => table.metadataBuffer(i)!),
    signatureDefs: list(table.signatureDefsLength(), (i) => table.signatureDefs(i)!.unpack()),
    externalBufferGroups: list(table.externalBufferGroupsLength(), (i) =>
      table.externalBufferGroups(i)!.unpack(),
    ),
    externalBuffers: list(table.externalBuffersLength(), (i) => table.externalBuffers(i)!.unpack()),
  };
  checkReferences(model);
  return model;
}

function checkIdentifier(bytes: Uint8Array): void {
  const found = Buffer.from(bytes.subarray(4, 8)).toString('latin1');
  if (found !== identifier) {
    throw new TfliteError(
      `not a .tflite file: expected the identifier ${identifier} at byte 4 but received ${JSON.stringify(found)}`,
      {
        code: 'NOT_TFLITE',
        where: 'byte 4',
        expected: identifier,
        received: JSON.stringify(found),
      },
    );
  }
}

function bufferData(model: ModelTable, index: number): Uint8Array {
  const buffer = model.buffers(index)!;
  // An offset of 1 is written by some converters for "no data"; anything larger points behind the flatbuffer.
  if (buffer.offset() > 1n || buffer.size() > 1n) {
    throw new TfliteError(
      `Model.buffers[${index}]: its ${buffer.size()} bytes are kept outside the flatbuffer, at offset ${buffer.offset()}`,
      {
        code: 'EXTERNAL_BUFFERS',
        where: `Model.buffers[${index}].offset`,
        expected: 'buffers inside the flatbuffer (files below 2 GB)',
        received: `offset ${buffer.offset()}, size ${buffer.size()}`,
        hint: 'convert the model again without external buffers',
      },
    );
  }
  return buffer.dataArray() ?? new Uint8Array(0);
}

function list<T>(length: number, item: (index: number) => T): T[] {
  return Array.from({ length }, (_, index) => item(index));
}
