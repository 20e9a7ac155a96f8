// Runs in an arm64 Node, from an installed package: node api-child.js FOLDER. Each model of the folder, NAME.tflite and NAME.wfz, goes through
// the public API on the bytes of NAME.input; a line of JSON tells of each what came out.
import fs from 'node:fs';
import path from 'node:path';
import { sha256Hex } from '@weightfold/base';
import { decodeContainer, Model, type TensorData } from '@weightfold/runtime-native';
import type { ApiAnswer } from './api.js';

const [folder] = process.argv.slice(2) as [string];

/** Views of one tensor's type each into the bytes of all inputs. */
function inputsOf(model: Model, bytes: Uint8Array): TensorData[] {
  let start = 0;
  return model.inputs.map((_, i) => {
    const view = model.input(i);
    const data = bytes.slice(start, start + view.byteLength);
    start += view.byteLength;
    return new (view.constructor as Int8ArrayConstructor)(data.buffer);
  });
}

/** Output bytes of `run`, one after the other, in base64. */
function runModel(source: string | Uint8Array, input: Uint8Array): { isa: string; outputs: string } {
  const model = Model.load(source);
  const outputs = model.run(inputsOf(model, input));
  const bytes = outputs.map((data) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  const { isa } = model;
  model.dispose();
  return { isa, outputs: Buffer.concat(bytes).toString('base64') };
}

for (const file of fs.readdirSync(folder).filter((name) => name.endsWith('.tflite'))) {
  const at = (ending: string) => path.join(folder, file.replace(/tflite$/, ending));
  const [wfz, input] = ['wfz', 'input'].map((ending) => new Uint8Array(fs.readFileSync(at(ending))));
  const answer: ApiAnswer = {
    name: path.basename(file, '.tflite'),
    arch: process.arch,
    ...runModel(at('tflite'), input!),
    packedOutputs: runModel(wfz!, input!).outputs,
    unpacked: sha256Hex(decodeContainer(wfz!, { threads: 2 }).bytes),
  };
  console.log(JSON.stringify(answer));
}
