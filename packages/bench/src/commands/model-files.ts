import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '@weightfold/base';

/**
 * Every .tflite below a folder, in the order of their paths; a file is itself.
 * @throws UsageError when there is no such file or folder
 */
export function modelFiles(given: string): string[] {
  const found = fs.statSync(given, { throwIfNoEntry: false });
  if (!found) {
    const expected = 'a folder or a file that exists';
    throw new UsageError(`${given}: expected ${expected}`, { where: given, expected });
  }
  if (!found.isDirectory()) return [given];
  const names = fs.readdirSync(given, { recursive: true, encoding: 'utf8' });
  const models = names.filter((name) => name.endsWith('.tflite'));
  return models.sort().map((name) => path.join(given, name));
}

const data =
  process.env.WEIGHTFOLD_DATA ?? fileURLToPath(new URL('../../../../../shared/data', import.meta.url));

/** Models that a command was given, else those of the data folder. @throws UsageError as modelFiles does */
export function givenModels(positionals: string[]): string[] {
  const folders = ['models', 'tfmot'].map((name) => path.join(data, name));
  return (positionals.length > 0 ? positionals : folders).flatMap(modelFiles);
}
