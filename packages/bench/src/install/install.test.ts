import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { compress } from '@weightfold/compressor';
import { writeNpy } from '@weightfold/datasets';
import { Model } from '@weightfold/runtime-native';
import { bytesOf, modelFile, needing } from '@weightfold/test-support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needingArm } from '../../test/needing-arm.js';
import { apiDifference, placeApiJob, runApi } from '../emulated/api.js';
import { armCpus } from '../emulated/emulator.js';
import { emulatedJob } from '../emulated/job.js';
import { armNode, emulatedNodeLimitMs } from '../emulated/node.js';
import { runVerbs } from '../emulated/verbs.js';
import { installPacked, type LinuxArch, packAll } from './install.js';

// What is installed on a machine that only measures: packed from dist/ (npm run setup), installed into an empty folder.
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-install-'));
const at = (name: string) => path.join(dir, name);
const { skip: noArm } = needingArm();
const native = process.arch as LinuxArch;
const kws = modelFile('mlperf_kws01_dscnn_int8.tflite');
const hello = modelFile('tflm_hello_world_int8.tflite');

beforeAll(async () => {
  fs.mkdirSync(at('tarballs'));
  fs.writeFileSync(at('tarballs/weightfold-0.0.1.tgz'), 'of an older version');
  const archs = [...new Set<LinuxArch>(noArm ? [native] : [native, 'arm64'])];
  const tarballs = await packAll(at('tarballs'), archs);
  for (const arch of archs) await installPacked(at(arch), tarballs, arch);
}, 1_200_000);
afterAll(() => fs.rmSync(dir, { recursive: true }));

/** Starts Node where it was installed, with nothing else in PATH. */
function here(words: string[]): { exitCode: number | null; stdout: string } {
  const env = { HOME: dir, PATH: at('nothing') };
  const { status, stdout } = spawnSync(process.execPath, words, {
    cwd: at(native),
    encoding: 'utf8',
    env,
    timeout: 300_000,
  });
  return { exitCode: status, stdout };
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into documents of many shapes
type VerbAnswer = { exitCode: number | null; document: any };

/** Verbs of the command line that was installed for this machine. */
function verb(...words: string[]): VerbAnswer {
  const cli = path.join(at(native), 'node_modules/weightfold/bin/weightfold.mjs');
  const { exitCode, stdout } = here([cli, ...words, '--json']);
  return { exitCode, document: JSON.parse(stdout) };
}

/** Packs DS-CNN-S and runs what was packed; both must give the bytes that they give here. Returns the .wfz. */
function packAndRun(): string {
  const [wfz, input, output] = ['wfz', 'x.npy', 'y.npy'].map((name) => at(`here.${name}`));
  expect(verb('compress', kws, '--level', 'fast', '-o', wfz!).exitCode).toBe(0);
  expect(Buffer.compare(bytesOf(wfz!), compress(bytesOf(kws), { level: 'fast' }).bytes)).toBe(0);
  fs.writeFileSync(input!, writeNpy({ dtype: 'int8', shape: [1, 49, 10, 1], data: codes }));
  expect(verb('run', wfz!, '--input', input!, '--output', output!).exitCode).toBe(0);
  expect(Buffer.compare(bytesOf(output!), exampleOutput())).toBe(0);
  return wfz!;
}

const codes = Int8Array.from({ length: 490 }, (_, i) => (i * 37) % 256);

/** By the scalar kernels of this machine. */
function exampleOutput(): Uint8Array {
  const model = Model.load(kws, { isa: 'scalar' });
  const [data] = model.run([codes]);
  model.dispose();
  return writeNpy({ dtype: 'int8', shape: [1, 12], data: data as Int8Array });
}

describe('an installation from tarballs, without training', { timeout: 300_000 }, () => {
  it('has an addon, no compiler’s work, and nothing of TensorFlow.js', () => {
    const installed = (name: string) => fs.existsSync(path.join(at(native), 'node_modules', name));
    const runtime = '@weightfold/runtime-native';
    expect(installed(`${runtime}/prebuilds/weightfold-linux-${native}/node-napi-v8.node`)).toBe(true);
    for (const name of [`${runtime}/build`, '@weightfold/optimizer', '@tensorflow', 'cmake-js'])
      expect([name, installed(name)]).toEqual([name, false]);
  });

  it('has the modules that Node loads, not those that they were joined from', () => {
    const modules = ['container', 'tflite', 'runtime-native'].flatMap((name) => {
      const dist = path.join(at(native), 'node_modules/@weightfold', name, 'dist');
      return fs.readdirSync(dist, { recursive: true, encoding: 'utf8' }).map((file) => path.join(name, file));
    });
    const loaded = modules.filter(
      (file) => file.endsWith('.js') && !path.basename(file).startsWith('shared-'),
    );
    expect(loaded.sort()).toEqual(
      ['container/index', 'runtime-native/index', 'runtime-native/plan/index', 'tflite/index'].map(
        (name) => `${name}.js`,
      ),
    );
  });

  it('lets everything be imported, but for what trains or reads what training left', () => {
    const script = `
      import fs from 'node:fs';
      import { createRequire } from 'node:module';
      const require = createRequire(process.cwd() + '/');
      require('@weightfold/runtime-native');
      const missing = [];
      for (const folder of fs.readdirSync('node_modules/@weightfold')) {
        const { name, exports } = require('./node_modules/@weightfold/' + folder + '/package.json');
        for (const key of Object.keys(exports)) {
          try { await import(name + key.slice(1)); } catch (error) {
            if (!error.message.includes("'@weightfold/optimizer'")) throw error;
            missing.push(name + key.slice(1));
          }
        }
      }
      console.log(JSON.stringify(missing));`;
    const { exitCode, stdout } = here(['--input-type=module', '-e', script]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout).sort()).toEqual(
      ['pipeline', 'report', 'view'].map((name) => `@weightfold/bench/${name}`),
    );
  });

  it('runs, packs, unpacks and measures', needing('data'), () => {
    const doctor = verb('doctor');
    expect(doctor.document).toMatchObject({ ok: true, tfjs: { installed: false }, native: { loaded: true } });
    const wfz = packAndRun();
    expect(verb('decompress', wfz, '-o', at('same')).document.decoder).toBe('native');
    expect(Buffer.compare(bytesOf(at('same')), bytesOf(kws))).toBe(0);
    const { exitCode, document } = verb('bench', wfz, '--runs', '5', '--html', at('report.html'));
    expect(exitCode).toBe(0);
    expect(document.results[0]).toMatchObject({ model: wfz, medianUs: expect.any(Number) });
    expect(fs.readFileSync(at('report.html'), 'utf8')).toContain('Bench of');
  });

  it('tells what training needs', () => {
    const { exitCode, document } = verb('optimize', '-c', 'demo', '-o', at('run'));
    expect(exitCode).toBe(1);
    expect(document.error).toMatchObject({
      code: 'NO_OPTIMIZER',
      message: 'optimize needs the package @weightfold/optimizer, which is not installed here',
      hint: expect.stringContaining('npm install @weightfold/optimizer'),
    });
  });
});

describe('an installation for arm64, in Node under QEMU', {
  ...needingArm(),
  timeout: emulatedNodeLimitMs,
}, () => {
  // A model of convolutions, and one that keeps a state.
  const models = ['mlperf_kws01_dscnn_int8', 'mww_vad_v2'];

  it.each(armCpus)('as %s, runs and unpacks to the bytes of this machine', async (cpu) => {
    const jobs = fs.mkdtempSync(at('jobs-'));
    const expected = models.map((name) => {
      const file = modelFile(`${name}.tflite`);
      return placeApiJob(jobs, file, emulatedJob(file));
    });
    const answers = await runApi(cpu, await armNode(), at('arm64'), jobs);
    expect(answers.map(({ name, arch }) => [name, arch])).toEqual(
      models.sort().map((name) => [name, 'arm64']),
    );
    for (const answer of answers) {
      const one = expected.find(({ name }) => name === answer.name)!;
      expect([answer.name, apiDifference(one, answer)]).toEqual([answer.name, null]);
      expect(answer.isa).not.toBe('scalar');
    }
    const other = { ...expected[0]!, packedOutputs: '' };
    expect(
      apiDifference(
        other,
        answers.find(({ name }) => name === other.name),
      ),
    ).toBe('not equal: packedOutputs');
  });

  // One process for all: Node's start takes longest.
  it('packs, unpacks and runs by the command line, and tells no time but that times are refused', async () => {
    const [wfz, small, back, input, output] = ['k.wfz', 'h.wfz', 'same', 'x.npy', 'y.npy'].map((name) =>
      at(`arm64.${name}`),
    ) as [string, string, string, string, string];
    fs.writeFileSync(input, writeNpy({ dtype: 'int8', shape: [1, 49, 10, 1], data: codes }));
    const calls: [exitCode: number, told: RegExp | null, words: string[]][] = [
      [0, refused, ['compress', kws, '--level', 'fast', '-o', wfz]],
      [0, /"encodeMs": null/, ['compress', hello, '-o', small, '--json']],
      [0, refused, ['decompress', wfz, '-o', back]],
      [0, /"decodeMs": null,\s+"hashMs": null/, ['decompress', small, '-f', '-o', at('hello'), '--json']],
      [0, /"decodeMs": null,\s+"hashMs": null/, ['verify', wfz, '--against', kws, '--json']],
      [0, null, ['inspect', wfz, '--json']],
      [0, null, ['run', wfz, '--input', input, '--output', output, '--json']],
      [6, refused, ['run', wfz, '--input', input, '--profile', '--json']],
      [6, refused, ['eval', wfz, '--data', `${input},${input}`, '--profile', '--json']],
      [6, refused, ['bench', wfz, '--profile', '--soak', '1s', '--json']],
      [6, /left out, because\s.*emulated, so its times are refused/, ['bench', wfz]],
    ];
    const words = calls.map(([, , list]) => list);
    const { outcomes, api } = await runVerbs('cortex-a72', await armNode(), at('arm64'), hello, words);
    for (const [i, [exitCode, told, [verb]]] of calls.entries()) {
      const outcome = outcomes[i]!;
      expect([verb, outcome.exitCode, timesIn(outcome.stdout)]).toEqual([verb, exitCode, []]);
      if (told) expect(outcome.stdout).toMatch(told);
    }
    expect(api).toEqual({ encodeMs: null, decodeMs: null, hashMs: null, profile: 'EMULATED' });
    const bench = JSON.parse(outcomes[9]!.stdout);
    const reason = expect.stringMatching(refused);
    const none = { results: [], ratios: [], samples: [], refused: [{ model: wfz, reason }] };
    expect(bench).toMatchObject(none);
    expect(bench).not.toHaveProperty('profiles');
    expect(bench).not.toHaveProperty('soak');
    const equal = (file: string, bytes: Uint8Array) => expect(Buffer.compare(bytesOf(file), bytes)).toBe(0);
    equal(wfz, compress(bytesOf(kws), { level: 'fast' }).bytes);
    equal(back, bytesOf(kws));
    equal(output, exampleOutput());
  });
});

const refused = /emulated, so its times are refused: uname says aarch64/;

/** Times in what a verb prints: numbers with a unit, and members of a document whose names end as those of times do. */
function timesIn(text: string): string[] {
  return text.match(/"\w*([MUN]s|[sS]econds)": [\d.]+|\b[\d.,]+ ?[mµun]?s\b/g) ?? [];
}

it('knows times by their units and names', () => {
  const times = ['12 ms', '3.4 µs', '1s', '"decodeMs": 1.5', '"cpuSeconds": 2'];
  expect(times.map((time) => timesIn(`a ${time}, b`))).toEqual(times.map((time) => [time]));
  expect(timesIn('"decodeMs": null, 26,920 bytes, 2 cores, kws01')).toEqual([]);
});
