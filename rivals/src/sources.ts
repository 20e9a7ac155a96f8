import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pins } from './install.js';
import type { RivalEngine } from './python-rival.js';

/** Rivals that also run where only a shell and Python are, as on a board: the module that each imports. */
export const portableRivals: Partial<Record<RivalEngine, string>> = {
  litert: 'ai_edge_litert',
  'litert-ref': 'ai_edge_litert',
  tflm: 'tflite_micro',
};

/** What pip is told to install for a rival, in the versions that are measured here. */
export function pinsFor(engine: RivalEngine): string[] {
  const wanted = [portableRivals[engine]?.replaceAll('_', '-'), 'numpy'];
  return pins.filter((pin) => wanted.includes(pin.split('==')[0]));
}

/** The program behind `PythonRival` for portable rivals: its files by their names in its folder; `rival.py` is started. */
export function rivalSources(): Map<string, Uint8Array> {
  const folder = fileURLToPath(new URL('../python', import.meta.url));
  const names = ['rival.py', 'refuse_amx.py', 'engines/litert.py', 'engines/tflm.py'];
  return new Map(names.map((name) => [name, new Uint8Array(fs.readFileSync(path.join(folder, name)))]));
}
