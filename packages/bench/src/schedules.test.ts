import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { manifests } from '@weightfold/datasets';
import { parseConfig, resolveStages } from '@weightfold/optimizer';
import { expect, it } from 'vitest';

const folder = fileURLToPath(new URL('../schedules', import.meta.url));

it.each(fs.readdirSync(folder))(
  'schedule %s is a configuration of a known data set, up to its recipe’s end',
  (file) => {
    const config = parseConfig(JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8')));
    expect(manifests.map(({ name }) => name)).toContain(config.dataset);
    expect(['pcqat', 'coded']).toContain(resolveStages(config).at(-1)!.name);
  },
);
