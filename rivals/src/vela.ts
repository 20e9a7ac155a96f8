import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { RivalError } from './errors.js';

/** What Vela tells of a model that it has compiled for Ethos-U55 with 128 MACs. */
export interface VelaEstimate {
  /** Bytes of weights in the order in which the NPU reads them, with what it pads. */
  originalWeights: number;
  /** Bytes of the same as the NPU decodes them: where an operator is split, weights that both parts need count twice. */
  encodedWeights: number;
}

const accelerator = 'ethos-u55-128';

/**
 * Compiles a .tflite with Arm's Vela, all settings but the accelerator at their defaults, and gives the sizes of its summary.
 * @param pythonPath of `installWeightCoder('vela')`
 * @throws RivalError when Vela fails, or its summary is another than that of the pinned version
 */
export function velaEstimate(file: string, pythonPath: string): VelaEstimate {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weightfold-vela-'));
  try {
    const words = ['-m', 'ethosu.vela', '--accelerator-config', accelerator, '--output-dir', folder];
    const { status, stderr, error } = spawnSync('python3', [...words, path.resolve(file)], {
      encoding: 'utf8',
      env: { ...process.env, PYTHONPATH: pythonPath, PYTHONDONTWRITEBYTECODE: '1' },
    });
    if (status !== 0) throw failed(file, error?.message ?? stderr.trim().split('\n').at(-1)!);
    const name = fs.readdirSync(folder).find((found) => found.endsWith('.csv'));
    if (!name) throw failed(file, 'it wrote no summary');
    return readSummary(file, fs.readFileSync(path.join(folder, name), 'utf8'));
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** A line of names, and one of values, none of which holds a comma of its own behind the name of the network. */
function readSummary(file: string, text: string): VelaEstimate {
  const [names, values] = text
    .trim()
    .split('\n')
    .map((line) => line.split(',').reverse()) as [string[], string[]];
  const bytesOf = (name: string) => {
    const bytes = Number(values[names.indexOf(name)]);
    if (Number.isInteger(bytes) && bytes > 0) return bytes;
    throw failed(file, `its summary has no bytes as ${name}`);
  };
  return {
    originalWeights: bytesOf('total_original_weights'),
    encodedWeights: bytesOf('total_npu_encoded_weights'),
  };
}

function failed(file: string, reason: string): RivalError {
  return new RivalError(`vela: ${file}: ${reason}`, { code: 'RIVAL_FAILED', where: file });
}
