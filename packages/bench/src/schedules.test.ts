import { manifests } from '@weightfold/datasets';
import { resolveStages } from '@weightfold/optimizer';
import { expect, it } from 'vitest';
import { readSchedule, scheduleNames } from './schedules.js';

it.each(scheduleNames())(
  'schedule %s is a configuration of a known data set, up to its recipe’s end',
  (name) => {
    const config = readSchedule(name, 1);
    expect(manifests.map((manifest) => manifest.name)).toContain(config.dataset);
    expect(resolveStages(config).at(-1)!.name).toMatch(/^(pcqat|coded)/);
  },
);

it('names the schedules that there are', () => {
  expect(() => readSchedule('mobilenet', 1)).toThrow(/one of .*mobilenet-full.* but received mobilenet/);
});
