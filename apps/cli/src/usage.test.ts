import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { itOnData, json, launcher, root, scratch, sharedModel, weightfold } from '../test/launch.js';

const verbs =
  'doctor inspect diff datasets optimize sensitivity quantize compress decompress verify run eval bench report view'.split(
    ' ',
  );

it('prints the version of package.json', () => {
  const { version } = JSON.parse(fs.readFileSync(path.join(root, 'apps/cli/package.json'), 'utf8'));
  expect(weightfold(['--version'])).toMatchObject({ status: 0, stdout: `${version}\n` });
});

it('lists exactly the verbs that exist', () => {
  const { status, stdout } = weightfold(['--help']);
  const listed = [...stdout.matchAll(/^ {2}([a-z]+) (?:\[|<)/gm)].map((match) => match[1]);
  expect(status).toBe(0);
  expect(listed).toEqual([...verbs, 'help']);
});

it.each(verbs)('%s --help shows an example and the options that every verb has', (verb) => {
  const { status, stdout } = weightfold([verb, '--help']);
  expect(status).toBe(0);
  for (const part of [`$ weightfold ${verb}`, '--json', '-q, --quiet', '-v, --verbose'])
    expect(stdout).toContain(part);
});

it('refuses a misspelt option with exit code 2 and a suggestion', () => {
  const { status, stdout, stderr } = weightfold(['compress', 'model.tflite', '--levle', 'max']);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain("Unknown option '--levle'");
  expect(stderr).toContain('Did you mean --level?');
});

it.each([
  ['an unknown verb', ['compres', 'x'], 'Did you mean compress?'],
  ['no verb', [], 'weightfold --help'],
  ['a value out of range', ['bench', 'x', '--runs', '0'], 'whole number of at least 1'],
  ['an unknown engine', ['bench', 'x', '--against', 'litrt'], 'litert'],
  ['a missing option', ['compress', 'x'], '--output'],
  ['a missing file', ['compress', 'no-such.tflite', '-o', 'out.wfz'], 'no-such.tflite'],
  ['a folder as model', ['inspect', '.'], 'folder'],
  ['a folder as output', ['compress', 'x', '-o', '.', '-f'], 'The output . is a folder'],
  ['a folder as table', ['bench', 'x', '--csv', '.'], 'The output . is a folder'],
  ['a folder as configuration', ['optimize', '-c', '.'], 'The configuration . is a folder'],
  ['a folder to quantize', ['quantize', '.', '--calibrate', 'x.npy', '-o', 'y'], '.: a folder, no file'],
  ['a file as data folder', ['datasets', 'fetch', 'fashion-mnist', '--dir', launcher], 'is not a folder'],
  ['an unknown data set', ['datasets', 'fetch', 'fashion-mnits'], 'fashion-mnist'],
  ['a folder that is no run', ['report', '.'], 'result.json'],
  ['a folder to view that is no run', ['view', '.'], 'config.resolved.json'],
  ['a format that there is none of', ['report', '.', '-o', 'report.pdf'], '.html, .md, .csv, .json'],
])('ends with exit code 2 for %s', (_name, words, told) => {
  const { status, stdout, stderr } = weightfold(words, { cwd: scratch() });
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain(told);
});

it('prints errors of parsing, too, as one JSON document with --json', () => {
  const { status, document } = json(['compress', 'x', '--levle', 'max']);
  expect(status).toBe(2);
  expect(document).toMatchObject({
    schemaVersion: 1,
    command: 'compress',
    error: { code: 'USAGE', expected: '--level', received: '--levle', hint: 'Did you mean --level?' },
  });
});

itOnData('writes no escape sequences when stdout and stderr are no terminals', () => {
  const { stdout } = weightfold(['inspect', sharedModel('tflm_hello_world_int8')]);
  const { stderr } = weightfold(['inspect', 'no-such.tflite']);
  expect(stdout + stderr).not.toContain('\u001b');
});

itOnData('ends quietly when the reader of stdout closes early', () => {
  const command = `"${process.execPath}" "${launcher}" inspect --json "${sharedModel('mcunetv2_large_int8')}" | head -c 1`;
  const { status, stdout, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', command], {
    encoding: 'utf8',
    timeout: 100_000,
  });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '{', stderr: '' });
});

itOnData('loads neither tfjs nor a native addon for help, inspect and compress', () => {
  const dir = scratch();
  const hook = path.join(dir, 'hook.cjs');
  const log = path.join(dir, 'loaded.txt');
  fs.writeFileSync(
    hook,
    `const { appendFileSync } = require('node:fs');
     const Module = require('node:module');
     const note = (name) => appendFileSync(${JSON.stringify(log)}, name + '\\n');
     const load = Module._load;
     Module._load = function (name, ...rest) { if (/@tensorflow/.test(name)) note(name); return load.call(this, name, ...rest); };
     const dlopen = process.dlopen;
     process.dlopen = function (module, file, ...rest) { note(file); return dlopen.call(this, module, file, ...rest); };`,
  );
  const env = { NODE_OPTIONS: `--require "${hook}"` };
  const model = sharedModel('tflm_hello_world_int8');
  const out = path.join(dir, 'out.wfz');
  for (const words of [['--help'], ['inspect', model], ['compress', model, '-o', out], ['inspect', out]]) {
    expect(weightfold(words, { env }).status, words.join(' ')).toBe(0);
  }
  expect(fs.existsSync(log) ? fs.readFileSync(log, 'utf8') : '').toBe('');
  expect(weightfold(['doctor'], { env }).status).toBe(0);
  expect(fs.readFileSync(log, 'utf8')).toContain('.node'); // the hook does see what doctor loads
});
