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
import { armNode, emulateNode } from '../emulated/node.js';
import { installPacked, type LinuxArch, packAll } from './install.js';

// What is installed on a machine that only measures: packed from dist/ (npm run setup), installed into an empty folder.
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-install-'));
const at = (name: string) => path.join(dir, name);
const { skip: noArm } = needingArm();
const native = process.arch as LinuxArch;
const kws = modelFile('mlperf_kws01_dscnn_int8.tflite');

interface Outcome {
  exitCode: number | null;
  stdout: string;
}
/** Starts Node where it was installed, with nothing else in PATH. */
type Start = (words: string[]) => Promise<Outcome>;

beforeAll(async () => {
  fs.mkdirSync(at('tarballs'));
  fs.writeFileSync(at('tarballs/weightfold-0.0.1.tgz'), 'of an older version');
  const archs = [...new Set<LinuxArch>(noArm ? [native] : [native, 'arm64'])];
  const tarballs = await packAll(at('tarballs'), archs);
  for (const arch of archs) await installPacked(at(arch), tarballs, arch);
}, 600_000);
afterAll(() => fs.rmSync(dir, { recursive: true }));

const here: Start = async (words) => {
  const env = { HOME: dir, PATH: at('nothing') };
  const { status, stdout } = spawnSync(process.execPath, words, {
    cwd: at(native),
    encoding: 'utf8',
    env,
    timeout: 300_000,
  });
  return { exitCode: status, stdout };
};
const onArm: Start = async (words) => {
  const { exitCode, stdout } = await emulateNode('cortex-a72', await armNode(), words);
  return { exitCode, stdout: stdout.toString() };
};

// biome-ignore lint/suspicious/noExplicitAny: tests look into documents of many shapes
type Verb = (...words: string[]) => Promise<{ exitCode: number | null; document: any }>;

/** Verbs of the command line that was installed for an architecture. */
function verbsOf(arch: LinuxArch, start: Start): Verb {
  const cli = path.join(at(arch), 'node_modules/weightfold/bin/weightfold.mjs');
  return async (...words) => {
    const { exitCode, stdout } = await start([cli, ...words, '--json']);
    return { exitCode, document: JSON.parse(stdout) };
  };
}

/** Packs DS-CNN-S and runs what was packed; both must give the bytes that they give here. Returns the .wfz. */
async function packAndRun(arch: LinuxArch, verb: Verb): Promise<string> {
  const [wfz, input, output] = ['wfz', 'x.npy', 'y.npy'].map((name) => at(`${arch}.${name}`));
  expect((await verb('compress', kws, '--level', 'fast', '-o', wfz!)).exitCode).toBe(0);
  expect(Buffer.compare(bytesOf(wfz!), compress(bytesOf(kws), { level: 'fast' }).bytes)).toBe(0);
  fs.writeFileSync(input!, writeNpy({ dtype: 'int8', shape: [1, 49, 10, 1], data: codes }));
  expect((await verb('run', wfz!, '--input', input!, '--output', output!)).exitCode).toBe(0);
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

  it('lets everything be imported, but for what trains or reads what training left', async () => {
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
    const { exitCode, stdout } = await here(['--input-type=module', '-e', script]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout).sort()).toEqual(
      ['pipeline', 'report', 'view'].map((name) => `@weightfold/bench/${name}`),
    );
  });

  it('runs, packs, unpacks and measures', needing('data'), async () => {
    const verb = verbsOf(native, here);
    const doctor = await verb('doctor');
    expect(doctor.document).toMatchObject({ ok: true, tfjs: { installed: false }, native: { loaded: true } });
    const wfz = await packAndRun(native, verb);
    expect((await verb('decompress', wfz, '-o', at('same'))).document.decoder).toBe('native');
    expect(Buffer.compare(bytesOf(at('same')), bytesOf(kws))).toBe(0);
    const { exitCode, document } = await verb('bench', wfz, '--runs', '5', '--html', at('report.html'));
    expect(exitCode).toBe(0);
    expect(document.results[0]).toMatchObject({ model: wfz, medianUs: expect.any(Number) });
    expect(fs.readFileSync(at('report.html'), 'utf8')).toContain('Bench of');
  });

  it('tells what training needs', async () => {
    const { exitCode, document } = await verbsOf(native, here)('optimize', '-c', 'demo', '-o', at('run'));
    expect(exitCode).toBe(1);
    expect(document.error).toMatchObject({
      code: 'NO_OPTIMIZER',
      message: 'optimize needs the package @weightfold/optimizer, which is not installed here',
      hint: expect.stringContaining('npm install @weightfold/optimizer'),
    });
  });
});

describe('an installation for arm64, in Node under QEMU', { ...needingArm(), timeout: 600_000 }, () => {
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

  it('runs and packs by the command line, and refuses times by name', async () => {
    const verb = verbsOf('arm64', onArm);
    const wfz = await packAndRun('arm64', verb);
    const refused = expect.stringMatching(/emulated, so its times are refused: uname says aarch64/);
    const bench = await verb('bench', wfz, '--profile', '--soak', '1s');
    expect(bench.exitCode).toBe(6);
    const none = { results: [], ratios: [], samples: [], refused: [{ model: wfz, reason: refused }] };
    expect(bench.document).toMatchObject(none);
    expect(bench.document).not.toHaveProperty('profiles');
    expect(bench.document).not.toHaveProperty('soak');
    const profile = await verb('run', wfz, '--input', at('arm64.x.npy'), '--profile');
    expect([profile.exitCode, profile.document.error]).toEqual([
      6,
      expect.objectContaining({ code: 'EMULATED', message: refused }),
    ]);
  });
});
