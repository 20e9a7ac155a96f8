import { ByteReader } from '../../bytes.js';
import { BinaryDecoder } from '../../coding/binary-coder.js';
import { damaged } from '../../errors.js';
import { ContextModel } from './model.js';
import { contextWork, readParameters, workPerByte } from './parameters.js';

/** Decodes `length` symbols. @param offset where `coded` begins in the container, for messages */
export function decodeContext(coded: Uint8Array, length: number, offset: number): Uint8Array {
  const reader = new ByteReader(coded, offset);
  const parameters = readParameters(reader, length);
  const work = contextWork(parameters, length);
  const most = workPerByte * coded.length;
  if (work > most) throw damaged(offset, 'work of a context-coded block', `at most ${most}`, `${work}`);
  const model = new ContextModel(parameters);
  const coder = new BinaryDecoder(coded.subarray(reader.position));
  const symbols = new Uint8Array(length);
  for (let position = 0; position < length; position++) {
    model.beginSymbol(symbols, position);
    let symbol = 0;
    for (let left = parameters.bits; left > 0; left--) {
      const bit = coder.decode(model.predict());
      model.update(bit);
      symbol = (symbol << 1) | bit;
    }
    symbols[position] = symbol;
    if (coder.overrun) throw damaged(offset + coded.length, 'context-coded bits', 'more bytes', 'their end');
  }
  if (!coder.exact) throw damaged(offset, 'context-coded bits', 'all bytes to be used', 'bytes left over');
  return symbols;
}
