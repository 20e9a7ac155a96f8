import path from 'node:path';
import { data, modelFile, needing, tfmotFile } from '@weightfold/test-support';
import { expect, it } from 'vitest';
import { modelFiles } from './model-files.js';

it('finds every model below a folder, in folders of it too; a file is itself', needing('data'), () => {
  const one = modelFile('tflm_hello_world_int8.tflite');
  const found = modelFiles(data);
  expect(found).toEqual(expect.arrayContaining([one, tfmotFile('dscnn_s_base_int8.tflite')]));
  expect(found.every((file) => path.extname(file) === '.tflite')).toBe(true);
  expect(found).toEqual([...found].sort());
  expect(modelFiles(one)).toEqual([one]);
});

it('says which path does not exist', () => {
  expect(() => modelFiles('/nowhere/at.tflite')).toThrow(/nowhere\/at\.tflite: expected a folder or a file/);
});
