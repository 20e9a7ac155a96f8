import fs from 'node:fs';
import path from 'node:path';
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
