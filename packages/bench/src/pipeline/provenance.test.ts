import { addonHash } from '@weightfold/runtime-native';
import { expect, it, vi } from 'vitest';
import { measuringConditions } from './provenance.js';

it('tells addon, instruction set and rivals apart', () => {
  const here = measuringConditions(null);
  expect(here).toMatchObject({ addon: addonHash(), rivals: null });
  expect(here.addon).toMatch(/^[0-9a-f]{64}$/);
  vi.stubEnv('WEIGHTFOLD_ISA', 'scalar');
  expect(measuringConditions(null)).toEqual({ ...here, isa: 'scalar' });
  vi.unstubAllEnvs();
  const { rivals } = measuringConditions('/rivals');
  expect(rivals?.pins).toContainEqual(expect.stringMatching(/^ai-edge-litert==/));
});
