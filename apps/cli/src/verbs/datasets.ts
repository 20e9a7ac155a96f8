import { UsageError } from '@weightfold/base';
import type { DatasetManifest } from '@weightfold/datasets';
import { Argument, type Command } from 'commander';
import { examples } from '../options.js';
import type { Act } from '../registry.js';
import type { Result, Session } from '../session.js';
import { decimal, integer, textTable } from '../table.js';

interface DatasetsOptions {
  dir?: string;
}

export function datasetsVerb(program: Command, act: Act): Command {
  const command = program
    .command('datasets')
    .summary('list the known data sets, or fetch one')
    .description(
      'Lists the known data sets, or downloads one, checks its hashes and keeps it in the cache folder. Files in the folder ' +
        'that WEIGHTFOLD_DATA names are used where they are. Your own data: docs/datasets.md.',
    )
    .addArgument(new Argument('<action>', 'what to do').choices(['list', 'fetch']))
    .argument('[name]', 'the data set to fetch')
    .option('--dir <folder>', 'where it is kept (default: the cache folder)')
    .action(act(datasets));
  return examples(
    command,
    'weightfold datasets list',
    'weightfold datasets list --json',
    'weightfold datasets fetch fashion-mnist',
    'weightfold datasets fetch cifar10 --dir ./data/cifar10',
  );
}

async function datasets(
  session: Session,
  action: 'list' | 'fetch',
  name: string | undefined,
  options: DatasetsOptions,
): Promise<Result> {
  const { cachedFolder, fetchDataset, manifests } = await import('@weightfold/datasets');
  const { dir } = options;
  const place = dir === undefined ? {} : { dir };
  if (action === 'list') return list(manifests, (manifest) => cachedFolder(manifest, place));
  if (name === undefined) {
    throw new UsageError('No data set was named', {
      expected: manifests.map((manifest) => manifest.name).join(', '),
      hint: 'weightfold datasets fetch NAME',
    });
  }
  const onProgress = (message: string) => session.note(message);
  const { manifest, source, files } = await fetchDataset(name, { onProgress, ...place });
  const published = Object.values(manifest.files);
  return {
    document: { name, source, licence: manifest.licence, files: published, paths: Object.values(files) },
    text: `${name}: ${published.length} files, ${integer(bytesOf(manifest))} bytes, hashes checked; from ${source}`,
  };
}

const bytesOf = ({ files }: DatasetManifest) =>
  Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0);

function list(manifests: DatasetManifest[], folderOf: (manifest: DatasetManifest) => string | null): Result {
  const known = manifests.map((manifest) => {
    const { name, title, url, licence, files } = manifest;
    const folder = folderOf(manifest);
    const size = { bytes: bytesOf(manifest), cached: folder !== null, folder };
    return { name, title, url, licence, ...size, files: Object.values(files) };
  });
  const rows = known.map((entry) => [
    entry.name,
    `${decimal(entry.bytes / 1e6, 1)} MB`,
    entry.cached ? 'yes' : 'no',
    entry.licence,
    entry.title,
  ]);
  const heads = ['name', 'size', 'cached', 'licence', 'what'];
  const columns = heads.map((head) => (head === 'size' ? { head, align: 'right' as const } : { head }));
  return { document: { datasets: known }, text: textTable(columns, rows) };
}
