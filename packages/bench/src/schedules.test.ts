import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { manifests } from '@weightfold/datasets';
import { resolveStages } from '@weightfold/optimizer';
import { expect, it } from 'vitest';
import { readSchedule } from './sweep.js';

const folder = fileURLToPath(new URL('../schedules', import.meta.url));

it.each(fs.readdirSync(folder))(
  'schedule %s is a configuration of a known data set, up to its recipe’s end',
  (file) => {
    const config = readSchedule(path.join(folder, file), 1);
    expect(manifests.map(({ name }) => name)).toContain(config.dataset);
    expect(resolveStages(config).at(-1)!.name).toMatch(/^(pcqat|coded)/);
  },
);
