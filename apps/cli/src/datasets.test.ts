import path from 'node:path';
import { expect } from 'vitest';
import { itOnData, json, scratch, shared, weightfold } from '../test/launch.js';

const env = () => ({ WEIGHTFOLD_DATA: shared, XDG_CACHE_HOME: scratch() });

itOnData('lists the data sets with licence and size, and which are there', () => {
  const { status, document } = json(['datasets', 'list'], { env: env() });
  expect(status).toBe(0);
  const known = Object.fromEntries(document.datasets.map((entry: { name: string }) => [entry.name, entry]));
  expect(Object.keys(known)).toEqual(['fashion-mnist', 'cifar10', 'cifar10-jpeg', 'speech-commands', 'fsdd']);
  expect(known.fsdd).toMatchObject({
    licence: 'CC BY-SA 4.0',
    cached: true,
    folder: path.join(shared, 'fsdd'),
  });
  expect(known.cifar10).toMatchObject({ bytes: 170_052_171, cached: false, folder: null });
  const { stdout } = weightfold(['datasets', 'list'], { env: env() });
  expect(stdout).toMatch(/^speech-commands +2428\.9 MB +no +CC BY 4\.0 /m);
});

itOnData('checks the files of a folder', () => {
  const { status, document } = json(['datasets', 'fetch', 'fsdd'], { env: env() });
  expect(status).toBe(0);
  const source = path.join(shared, 'fsdd');
  expect(document).toMatchObject({
    name: 'fsdd',
    source,
    paths: [path.join(source, 'fsdd-recordings.tar.gz')],
  });
});
