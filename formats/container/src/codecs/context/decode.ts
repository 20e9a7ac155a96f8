import { ByteReader } from '../../bytes.js';
import { BinaryDecoder } from '../../coding/binary-coder.js';
import { damaged } from '../../errors.js';
import { startModel } from './model.js';
import { contextWork, readParameters, workPerByte } from './parameters.js';

/** Decodes `length` symbols. @param offset where `coded` begins in the container, for messages */
export function decodeContext(coded: Uint8Array, length: number, offset: number): Uint8Array {
  const reader = new ByteReader(coded, offset);
  const parameters = readParameters(reader, length);
  const work = contextWork(parameters, length);
  const most = workPerByte * coded.length;
  if (work > most) throw damaged(offset, 'work of a context-coded block', `at most ${most}`, `${work}`);
  const { data, start, model } = startModel(parameters, length);
  const coder = new BinaryDecoder(coded.subarray(reader.position));
  for (let position = start; position < data.length; position++) {
    model.beginSymbol(data, position);
    let symbol = 0;
    for (let left = parameters.bits; left > 0; left--) {
      const bit = coder.decode(model.predict());
      model.update(bit);
      symbol = (symbol << 1) | bit;
    }
    data[position] = symbol;
    if (coder.overrun) throw damaged(offset + coded.length, 'context-coded bits', 'more bytes', 'their end');
  }
  if (!coder.exact) throw damaged(offset, 'context-coded bits', 'all bytes to be used', 'bytes left over');
  return data.subarray(start);
}
