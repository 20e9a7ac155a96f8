import { UsageError } from '@weightfold/base';
import type { DatasetManifest } from '@weightfold/datasets';
import { Argument, type Command } from 'commander';
import { examples } from '../options.js';
import type { Act } from '../registry.js';
import type { Result, Session } from '../session.js';
import { integer, textTable } from '../table.js';

interface DatasetsOptions {
  dir?: string;
}

export function datasetsVerb(program: Command, act: Act): Command {
  const command = program
    .command('datasets')
    .summary('list the known data sets, or fetch one')
    .description(
      'Lists the known data sets, or downloads one, checks its hashes and keeps it in the cache folder.',
    )
    .addArgument(new Argument('<action>', 'what to do').choices(['list', 'fetch']))
    .argument('[name]', 'the data set to fetch')
    .option('--dir <folder>', 'where to keep it (default: the cache folder)')
    .action(act(datasets));
  return examples(command, 'weightfold datasets list', 'weightfold datasets fetch fashion-mnist');
}

async function datasets(
  session: Session,
  action: 'list' | 'fetch',
  name: string | undefined,
  options: DatasetsOptions,
): Promise<Result> {
  const { fetchDataset, manifests } = await import('@weightfold/datasets');
  if (action === 'list') return list(manifests);
  if (name === undefined) {
    throw new UsageError('No data set was named', {
      expected: manifests.map((manifest) => manifest.name).join(', '),
      hint: 'weightfold datasets fetch NAME',
    });
  }
  const onProgress = (message: string) => session.note(message);
  const { dir } = options;
  const { manifest, source } = await fetchDataset(name, {
    onProgress,
    ...(dir === undefined ? {} : { dir }),
  });
  const files = Object.values(manifest.files);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return {
    document: { name, source, licence: manifest.licence, files },
    text: `${name}: ${files.length} files, ${integer(bytes)} bytes unpacked, hashes checked; from ${source}`,
  };
}

function list(manifests: DatasetManifest[]): Result {
  const known = manifests.map(({ name, title, url, licence, files }) => ({
    name,
    title,
    url,
    licence,
    files: Object.values(files),
  }));
  const rows = known.map((entry) => [entry.name, entry.licence, entry.title, entry.url]);
  const columns = ['name', 'licence', 'what', 'source'].map((head) => ({ head }));
  return { document: { datasets: known }, text: textTable(columns, rows) };
}
