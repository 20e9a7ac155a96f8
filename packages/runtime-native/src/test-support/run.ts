import type { Model } from '../model.js';

const bytesOf = (view: ArrayBufferView) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

/** Bytes of all inputs of a model for one example. */
export function inputBytes(model: Model): number {
  return model.inputs.reduce((sum, _, i) => sum + model.input(i).byteLength, 0);
}

/** Our outputs for examples that lie one after the other. */
export function runOurs(model: Model, examples: Uint8Array): Buffer {
  const outputs: Uint8Array[] = [];
  for (let at = 0; at < examples.length; ) {
    for (let i = 0; i < model.inputs.length; i++) {
      const target = bytesOf(model.input(i));
      target.set(examples.subarray(at, at + target.length));
      at += target.length;
    }
    model.invoke();
    for (let i = 0; i < model.outputs.length; i++) outputs.push(bytesOf(model.output(i)).slice());
  }
  return Buffer.concat(outputs);
}
