import path from 'node:path';
import { UnsupportedError, UsageError, WeightfoldError } from '@weightfold/base';
import type { ProvenStrip } from '@weightfold/bench/strip';
import { stream } from '../files.js';
import type { Session } from '../session.js';
import { integer } from '../table.js';

interface StripOptions {
  strip?: boolean;
  unproven?: boolean;
  keepTflite?: string;
}

/** A stripped model, and what to tell of it. */
interface Stripped {
  bytes: Uint8Array;
  text: string;
  document: Record<string, unknown>;
}

/** @throws UsageError for options that mean nothing without --strip, and for one place for both outputs */
export function expectStripOptions({ strip, unproven, keepTflite }: StripOptions, output: string): void {
  const given = unproven ? '--unproven' : keepTflite === undefined ? null : '--keep-tflite';
  if (!strip && given !== null) {
    throw new UsageError(`${given} means nothing without --strip`, {
      where: given,
      expected: `--strip ${given}`,
      received: given,
    });
  }
  if (keepTflite === undefined) return;
  if (keepTflite !== stream && path.resolve(keepTflite) !== path.resolve(output)) return;
  throw new UsageError(`--keep-tflite ${keepTflite}: expected a file of its own`, {
    where: '--keep-tflite',
    expected: 'a file that is not the output, and not stdout',
    received: keepTflite,
  });
}

/**
 * Strips a model and proves that its outputs stay the same, bit for bit.
 * @throws UnsupportedError when nothing here can run it, unless `unproven` is set; TfliteError for anything that is no model
 */
export async function strip(
  session: Session,
  input: string,
  model: Uint8Array,
  { unproven }: StripOptions,
): Promise<Stripped> {
  const { stripProven } = await import('@weightfold/bench/strip');
  const { rivalsPath } = await import('@weightfold/rivals');
  const stripped = await stripProven(model, { pythonPath: rivalsPath() }).catch((error) => {
    throw error instanceof WeightfoldError ? error.inFile(input) : error;
  });
  if (stripped.proof === null && !unproven) throw notProven(input, stripped.unproven!);
  const { bytes, dropped, proof } = stripped;
  if (proof === null) session.note(`${input}: not proven that outputs stay the same: ${stripped.unproven}`);
  return { bytes, text: describe(stripped), document: { bytes: bytes.length, dropped, proof } };
}

function describe({ bytes, dropped, proof }: ProvenStrip): string {
  const lines = dropped.map(({ kind, bytes }) => `${integer(bytes)!.padStart(9)}  ${kind}`);
  const engine = proof?.engine === 'litert' ? 'LiteRT' : 'our runtime';
  const shown = proof
    ? `the same output bits on ${proof.examples} random inputs in ${engine}`
    : 'NOT proven: nothing here can run it';
  return [
    'left out, in bytes:',
    ...lines,
    `stripped model ${integer(bytes.length)} bytes, which is what decompress gives back; ${shown}`,
  ].join('\n');
}

function notProven(input: string, why: string): UnsupportedError {
  return new UnsupportedError(
    `${input}: the model cannot be run here to prove that outputs stay the same: ${why}`,
    {
      code: 'UNPROVEN',
      where: input,
      expected: 'a model that our runtime or LiteRT runs',
      received: why,
      hint: 'Install LiteRT (npm test does), pack without --strip, or take the stripped model on trust with --unproven.',
    },
  );
}
