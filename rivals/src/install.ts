import fs from 'node:fs';
import path from 'node:path';
import { cacheDir, sha256Hex } from '@weightfold/base';
import { x } from 'tinyexec';
import { RivalError } from './errors.js';

/** The rivals' Python packages, pinned: results of another version are another result. */
export const pins = ['ai-edge-litert==2.3.0', 'tflite-micro==0.dev20261023182759', 'numpy==2.4.6'];

/** Keras 2 as TFMOT uses it, and TensorFlow: what an imported model is compared with. Large: only benchmarks install it. */
export const kerasPins = ['tensorflow-cpu==2.19.1', 'tf-keras==2.19.0'];

/** TFMOT on the same: whole trainings are compared with it. */
export const tfmotPins = [...kerasPins, 'tensorflow-model-optimization==0.8.1'];

/** ONNX Runtime, and the converter from .tflite, which needs TensorFlow: 1.6 GB. Only `bench --against ort` installs them. */
const onnxPins = [
  'onnxruntime==1.31.1',
  'tf2onnx==1.17.0',
  'onnx==1.22.0',
  'tensorflow-cpu==2.19.1',
  'numpy==2.1.3',
];

/** The zstd that decoding is measured against. */
const zstdPins = ['zstandard==0.25.0'];

/** Coders of weights alone. Without their dependencies, which are for other parts of them: nncodec's is torch. */
const coderPins = {
  vela: ['ethos-u-vela==5.2.0', 'numpy==2.4.6', 'flatbuffers==25.12.19'],
  nnc: ['nncodec==2.1.3', 'numpy==2.4.6'],
};

const folder = (name: string, packages: string[]) =>
  path.join(cacheDir(), `${name}-${sha256Hex(packages.join('\n')).slice(0, 12)}`);

const isComplete = (target: string) => fs.existsSync(path.join(target, 'COMPLETE'));

/** PYTHONPATH of the installed rivals, or null: WEIGHTFOLD_PYTHON_RIVALS when set, else the cache folder. */
export function rivalsPath(): string | null {
  if (process.env.WEIGHTFOLD_PYTHON_RIVALS) return process.env.WEIGHTFOLD_PYTHON_RIVALS;
  const target = folder('python-rivals', pins);
  return isComplete(target) ? target : null;
}

/**
 * Installs the rivals with `pip install --target` into the cache folder, unless they are there, and returns their PYTHONPATH.
 * @throws RivalError when pip or the package index cannot be reached
 */
export async function installRivals(onProgress: (message: string) => void = () => {}): Promise<string> {
  return rivalsPath() ?? (await install('python-rivals', pins, onProgress));
}

/** The same with Keras 2. */
export async function installKeras(onProgress: (message: string) => void = () => {}): Promise<string> {
  return install('python-keras', kerasPins, onProgress);
}

/** The same with TFMOT beside Keras 2. */
export async function installTfmot(onProgress: (message: string) => void = () => {}): Promise<string> {
  return install('python-tfmot', tfmotPins, onProgress);
}

/** ONNX Runtime with a converter from .tflite. */
export async function installOnnxRuntime(onProgress: (message: string) => void = () => {}): Promise<string> {
  return install('python-onnxruntime', onnxPins, (message) => onProgress(`${message} (1.6 GB)`));
}

/** The zstd library for Python. */
export async function installZstd(onProgress: (message: string) => void = () => {}): Promise<string> {
  return install('python-zstd', zstdPins, onProgress);
}

/**
 * Vela (Apache-2.0), or nncodec (Clear BSD, which grants no patent rights), built from source where there is no wheel of it, which needs
 * a C++ compiler. Only the benchmark of weights installs them.
 */
export async function installWeightCoder(
  coder: keyof typeof coderPins,
  onProgress: (message: string) => void = () => {},
): Promise<string> {
  return install(`python-${coder}`, coderPins[coder], onProgress, ['--no-deps']);
}

async function install(
  name: string,
  packages: string[],
  onProgress: (message: string) => void,
  how: string[] = ['--only-binary=:all:'],
): Promise<string> {
  const target = folder(name, packages);
  if (isComplete(target)) return target;
  const temporary = `${target}.${process.pid}.tmp`;
  onProgress(`installing ${packages.join(', ')} into ${target}`);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  const options = ['--quiet', '--disable-pip-version-check', ...how, '--target', temporary];
  try {
    // nodePath: the Python that installs must be the one that runs the packages, not one beside node.
    const running = { nodePath: false, timeout: 600_000 };
    const result = await x('python3', ['-m', 'pip', 'install', ...options, ...packages], running);
    if (result.exitCode !== 0) throw new Error(result.stderr.trim() || `pip ended with ${result.exitCode}`);
    fs.writeFileSync(path.join(temporary, 'COMPLETE'), packages.join('\n'));
    if (!isComplete(target)) {
      fs.rmSync(target, { recursive: true, force: true });
      fs.renameSync(temporary, target);
    }
    return target;
  } catch (cause) {
    throw new RivalError(`the rivals cannot be installed: ${(cause as Error).message}`, {
      code: 'NO_RIVALS',
      where: target,
      expected: packages.join(', '),
      hint: 'python3 with pip is needed (Debian: apt-get install -y python3-pip) and the Python package index',
      cause,
    });
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
}
