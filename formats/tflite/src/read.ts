import { TfliteError } from './errors.js';
import type { ModelT } from './generated/tflite.js';
import { locate, type Path, pathText } from './locate.js';
import type { Model } from './model.js';
import { checkReferences } from './references.js';
import { unpackModel } from './unpack.js';

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
  const table = unpackModel(bytes);
  if (table.version !== schemaVersion) {
    const where = `Model.version at byte ${locate(bytes, ['version'])}`;
    throw new TfliteError(`${where}: expected ${schemaVersion} but received ${table.version}`, {
      where,
      expected: `${schemaVersion}`,
      received: `${table.version}`,
    });
  }
  refuseExternalData(table, bytes);
  const { version, description, operatorCodes, subgraphs, metadata, metadataBuffer, signatureDefs } = table;
  const model: Model = {
    version,
    description,
    operatorCodes,
    subgraphs,
    buffers: table.buffers.map(({ data }) => (data.length === 0 ? noData : (data as unknown as Uint8Array))),
    metadata,
    metadataBuffer,
    signatureDefs,
  };
  checkReferences(model, (path, note, expected, received) => {
    const name = note === '' ? pathText(path) : `${pathText(path)} (${note})`;
    const where = `${name} at byte ${locate(bytes, path)}`;
    throw new TfliteError(`damaged .tflite: ${where}: expected ${expected} but received ${received}`, {
      where,
      expected,
      received,
    });
  });
  return model;
}

const noData = new Uint8Array(0);

function checkIdentifier(bytes: Uint8Array): void {
  const found = Buffer.from(bytes.subarray(4, 8)).toString('latin1');
  if (found === identifier) return;
  const received =
    bytes.length === 0
      ? 'an empty file'
      : bytes.length < 8
        ? `a file of ${bytes.length} bytes`
        : JSON.stringify(found);
  throw new TfliteError(
    `not a .tflite file: expected the identifier ${identifier} at byte 4 but received ${received}`,
    { code: 'NOT_TFLITE', where: 'byte 4', expected: identifier, received },
  );
}

/** Models above 2 GB keep data behind the flatbuffer, others in separate files: neither is read here. */
function refuseExternalData(table: ModelT, bytes: Uint8Array): void {
  const refuse = (path: Path, received: string): never => {
    const where = `${pathText(path)} at byte ${locate(bytes, path)}`;
    const expected = 'data inside the flatbuffer (models below 2 GB)';
    throw new TfliteError(`${where}: expected ${expected} but received ${received}`, {
      code: 'EXTERNAL_BUFFERS',
      where,
      expected,
      received,
      hint: 'convert the model again without external buffers',
    });
  };
  for (let i = 0; i < table.buffers.length; i++) {
    const { offset, size } = table.buffers[i]!;
    // Some converters write an offset and a size of 1 for "no data"; anything larger points behind the flatbuffer.
    if (offset > 1n || size > 1n) refuse(['buffers', i, 'offset'], `${size} bytes at file offset ${offset}`);
  }
  if (table.externalBuffers.length > 0) refuse(['externalBuffers'], 'data in other files');
  if (table.externalBufferGroups.length > 0) refuse(['externalBufferGroups'], 'data in other files');
  table.subgraphs.forEach(({ tensors, operators }, g) => {
    const tensor = tensors.findIndex(({ externalBuffer }) => externalBuffer !== 0);
    if (tensor >= 0) refuse(['subgraphs', g, 'tensors', tensor, 'externalBuffer'], 'data in another file');
    operators.forEach(({ largeCustomOptionsOffset: offset, largeCustomOptionsSize: size }, o) => {
      const path = ['subgraphs', g, 'operators', o, 'largeCustomOptionsOffset'];
      if (offset > 1n || size > 1n) refuse(path, `${size} bytes of custom options at file offset ${offset}`);
    });
  });
}
