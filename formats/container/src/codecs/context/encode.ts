import { BinaryEncoder } from '../../coding/binary-coder.js';
import { startModel } from './model.js';
import { type ContextParameters, contextWork, limits, workPerByte, writeParameters } from './parameters.js';

/**
 * Codes symbols (each below 2^bits) with a mixture of contexts.
 *
 * @param parameters the contexts to mix; `contextParameters` in presets.ts has good ones
 * @returns parameters and coded bits, as spec.md describes
 */
export function encodeContext(symbols: Uint8Array, parameters: ContextParameters): Uint8Array {
  const { data, start, model } = startModel(parameters, symbols.length);
  data.set(symbols, start);
  const coder = new BinaryEncoder();
  for (let position = start; position < data.length; position++) {
    model.beginSymbol(data, position);
    for (let shift = parameters.bits - 1; shift >= 0; shift--) {
      const bit = (data[position]! >> shift) & 1;
      coder.encode(bit, model.predict());
      model.update(bit);
    }
  }
  const head = writeParameters(parameters);
  const body = coder.finish();
  const out = new Uint8Array(head.length + body.length);
  out.set(head);
  out.set(body, head.length);
  return out;
}

/**
 * Codes with the first parameters whose result keeps to the limit of work (spec.md, "Work"), or gives null. Data that shrinks to a
 * hundredth may need few contexts to keep to it.
 */
export function encodeContextWithin(
  symbols: Uint8Array,
  candidates: readonly ContextParameters[],
): Uint8Array | null {
  for (const parameters of candidates) {
    if (parameters.prepared === 'structure' && symbols.length > limits.structure) continue;
    const coded = encodeContext(symbols, parameters);
    if (contextWork(parameters, symbols.length) <= workPerByte * coded.length) return coded;
  }
  return null;
}
