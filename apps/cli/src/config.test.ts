import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { scratch } from '../test/launch.js';
import { environmentOverrides, overlay, readConfig, readRecipe, shippedConfigs } from './config.js';

const contents: Record<string, string> = {
  'a.config.json': '{"seed": 7, "model": {"name": "ds-cnn"}}',
  'b.yaml': 'seed: 7\nmodel:\n  name: ds-cnn\n',
  'c.toml': 'seed = 7\n[model]\nname = "ds-cnn"\n',
  'e.config.mjs': "export default { seed: 7, model: { name: 'ds-cnn' } };\n",
  'f.js': "module.exports = { seed: 7, model: { name: 'ds-cnn' } };\n",
  'd.config.ts': "const seed: number = 7;\nexport default { seed, model: { name: 'ds-cnn' } };\n",
};

it.each(Object.entries(contents))('reads %s', async (name, text) => {
  const file = path.join(scratch(), name);
  fs.writeFileSync(file, text);
  expect(await readConfig(file)).toEqual({
    name: name[0],
    file,
    values: { seed: 7, model: { name: 'ds-cnn' } },
  });
});

it('finds the configurations that come with weightfold by name', async () => {
  expect(shippedConfigs()).toEqual(['demo', 'tfmot']);
  for (const name of shippedConfigs()) expect((await readConfig(name)).values.schemaVersion).toBe(1);
});

it('says which names there are when a configuration is unknown, and what is wrong with one that cannot be read', async () => {
  await expect(readConfig('demmo')).rejects.toMatchObject({
    code: 'NO_CONFIG',
    exitCode: 2,
    expected: /demo, tfmot/,
  });
  const file = path.join(scratch(), 'broken.json');
  fs.writeFileSync(file, '{"seed": ');
  await expect(readConfig(file)).rejects.toMatchObject({ code: 'CONFIG_SYNTAX', exitCode: 2, where: file });
});

it.each([
  ['null.json', 'null', 'null'],
  ['list.json', '[1]', '[1]'],
  ['text.yaml', 'hello', '"hello"'],
  ['empty.yaml', '', 'nothing'],
  ['null.ts', 'export default null;', 'null'],
])('says that %s holds no keys and values', async (name, text, received) => {
  const file = path.join(scratch(), name);
  fs.writeFileSync(file, text);
  await expect(readConfig(file)).rejects.toMatchObject({
    code: 'BAD_CONFIG',
    exitCode: 2,
    where: file,
    received,
  });
});

it('lays flag over environment over file', () => {
  const file = { seed: 1, recipe: 'base', batchSize: 32 };
  const environment = environmentOverrides({ WEIGHTFOLD_SEED: '2', WEIGHTFOLD_RECIPE: 'qat' });
  expect(overlay(file, environment, { seed: 3, recipe: undefined })).toEqual({
    seed: 3,
    recipe: 'qat',
    batchSize: 32,
  });
  expect(overlay(file, environmentOverrides({}))).toEqual(file);
  expect(() => environmentOverrides({ WEIGHTFOLD_SEED: 'abc' })).toThrow(/WEIGHTFOLD_SEED/);
});

it('takes a recipe by name or from a file of stages', async () => {
  expect(await readRecipe('pcqat')).toBe('pcqat');
  const file = path.join(scratch(), 'mine.yaml');
  fs.writeFileSync(file, 'schemaVersion: 1\nstages:\n  - name: base\n');
  expect(await readRecipe(file)).toEqual({ schemaVersion: 1, stages: [{ name: 'base' }] });
  await expect(readRecipe('./no-such.yaml')).rejects.toMatchObject({ code: 'NO_RECIPE', exitCode: 2 });
});
