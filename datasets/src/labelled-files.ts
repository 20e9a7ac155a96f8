import fs from 'node:fs';
import path from 'node:path';
import { sha256Hex, UsageError } from '@weightfold/base';
import { DatasetError } from './errors.js';

/** A file with its class. */
export interface LabelledFile {
  /** Relative to the folder, with `/`. */
  name: string;
  path: string;
  label: number;
}

export interface LabelledFiles {
  classNames: string[];
  train: LabelledFile[];
  test: LabelledFile[];
}

interface Entry {
  name: string;
  path: string;
  className: string;
  split: 'train' | 'test' | null;
}

/**
 * Files of a folder with one folder per class, or of a list of them. Splits are those of the folder (`train/CLASS/…`,
 * `test/CLASS/…`) or of the list; else of each class `testPart` of the files are for testing, those whose names (with
 * the class) have the smallest SHA-256.
 * @param source a folder, or a .csv with the columns file, label and maybe split (train or test), files relative to it
 * @param extension of files that count, in a folder
 * @throws UsageError when source is neither; DatasetError when there are no classes, or one has too few files for both
 * splits
 */
export function labelledFiles(source: string, extension: RegExp, testPart: number): LabelledFiles {
  const stat = fs.statSync(source, { throwIfNoEntry: false });
  if (!stat) throw wrong(source, 'a folder or a .csv', 'nothing there');
  const entries = stat.isDirectory() ? folderEntries(source, extension) : listEntries(source);
  const classNames = [...new Set(entries.map(({ className }) => className))].sort();
  if (classNames.length < 2) {
    const received = classNames.length === 0 ? 'no files in such folders' : `one class, ${classNames[0]}`;
    throw wrong(source, `at least two classes: a folder for each, with files ${extension.source}`, received);
  }
  const splits = { train: [] as LabelledFile[], test: [] as LabelledFile[] };
  classNames.forEach((className, label) => {
    const own = entries.filter((entry) => entry.className === className);
    for (const split of ['train', 'test'] as const) {
      const files = partOf(own, split, testPart).map(({ name, path }) => ({ name, path, label }));
      if (files.length === 0) throw tooFew(source, className, own.length, split);
      splits[split].push(...files);
    }
  });
  return { classNames, ...splits };
}

/** A class's files of one split, in the order of their names. */
function partOf(own: Entry[], split: 'train' | 'test', testPart: number): Entry[] {
  const byName = (a: Entry, b: Entry) => (a.name < b.name ? -1 : 1);
  if (own.some((entry) => entry.split !== null))
    return own.filter((entry) => entry.split === split).sort(byName);
  const hashed = own.map((entry) => ({ hash: sha256Hex(entry.name), entry }));
  const inOrder = hashed.sort((a, b) => (a.hash < b.hash ? -1 : 1)).map(({ entry }) => entry);
  const count = Math.max(1, Math.round(testPart * own.length));
  return (split === 'test' ? inOrder.slice(0, count) : inOrder.slice(count)).sort(byName);
}

function folderEntries(folder: string, extension: RegExp): Entry[] {
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = names
    .map((name) => name.split(path.sep))
    // Not those beside the folders, nor what desktops leave (.DS_Store, ._photo.jpg).
    .filter((parts) => parts.length > 1 && extension.test(parts.at(-1)!) && !parts.at(-1)!.startsWith('.'));
  const split = files.length > 0 && files.every(([first]) => first === 'train' || first === 'test');
  return files
    .filter((parts) => !split || parts.length > 2)
    .map((parts) => ({
      name: parts.join('/'),
      path: path.join(folder, ...parts),
      className: parts[split ? 1 : 0]!,
      split: split ? (parts[0] as 'train' | 'test') : null,
    }));
}

function listEntries(file: string): Entry[] {
  const [head = '', ...lines] = fs.readFileSync(file, 'utf8').split(/\r?\n/);
  const columns = head.split(',').map((column) => column.trim());
  const known = columns.join() === 'file,label' || columns.join() === 'file,label,split';
  if (!known) throw wrong(`${file}, line 1`, 'the columns file,label or file,label,split', head);
  return lines.flatMap((line, i) => {
    if (line.trim() === '') return [];
    const [name = '', className = '', split = null, ...more] = line.split(',').map((cell) => cell.trim());
    const good = name && className && more.length === 0 && (columns.length === 2) === (split === null);
    if (!good) throw wrong(`${file}, line ${i + 2}`, columns.join(','), line);
    if (split !== null && split !== 'train' && split !== 'test')
      throw wrong(`${file}, line ${i + 2}`, 'the split train or test', split);
    const found = path.resolve(path.dirname(file), name);
    if (!fs.existsSync(found)) throw wrong(`${file}, line ${i + 2}`, `a file ${found}`, 'nothing there');
    return [{ name, path: found, className, split }];
  });
}

function wrong(where: string, expected: string, received: string): UsageError {
  return new UsageError(`${where}: expected ${expected} but received ${received}`, {
    where,
    expected,
    received,
  });
}

function tooFew(source: string, className: string, count: number, split: string): DatasetError {
  return new DatasetError(
    `${source}: expected files of class ${className} to ${split === 'test' ? 'test' : 'train'} with but received none of ${count}`,
    {
      where: `${source}, class ${className}`,
      expected: `a ${split} file`,
      received: `${count} files in all`,
    },
  );
}
