import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { RivalError } from './errors.js';

/** Arm's Vela (`mlw_codec`, for Ethos-U) and the reference coder of ISO/IEC 15938-17 (NNC, DeepCABAC). */
export const weightCoders = ['vela', 'nnc'] as const;
export type WeightCoder = (typeof weightCoders)[number];

/** A tensor of weights around their zero point, with its number of output channels. */
export interface CoderTensor {
  rows: number;
  values: Int16Array;
}

const script = fileURLToPath(new URL('../python/weight_coders.py', import.meta.url));

/**
 * Bytes of each tensor as a rival codes it, which are decoded again and compared.
 * @throws RivalError when it fails
 */
export function codedWeightBytes(
  coder: WeightCoder,
  tensors: readonly CoderTensor[],
  pythonPath: string,
): number[] {
  const shapes = JSON.stringify(tensors.map(({ rows, values }) => [rows, values.length]));
  const values = tensors.map((tensor) =>
    Buffer.from(tensor.values.buffer, tensor.values.byteOffset, tensor.values.byteLength),
  );
  const { status, stdout, stderr, error } = spawnSync('python3', [script, coder], {
    input: Buffer.concat([Buffer.from(`${shapes}\n`), ...values]),
    env: { ...process.env, PYTHONPATH: pythonPath, PYTHONDONTWRITEBYTECODE: '1' },
    maxBuffer: 2 ** 28,
  });
  if (status === 0) return (JSON.parse(stdout.toString()) as { bytes: number[] }).bytes;
  const reason = error?.message ?? stderr.toString().trim().split('\n').at(-1);
  throw new RivalError(`${coder}: ${reason}`, { code: 'RIVAL_FAILED', where: coder });
}
