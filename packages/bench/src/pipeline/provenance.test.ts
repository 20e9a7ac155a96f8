import { addonHash } from '@weightfold/runtime-native';
import { expect, it, vi } from 'vitest';
import { measuringConditions } from './provenance.js';

it('tells compressor, addon, instruction set and rivals apart', () => {
  const here = measuringConditions(null);
  expect(here).toMatchObject({ addon: addonHash(), rivals: null });
  for (const hash of [here.addon, here.compressor]) expect(hash).toMatch(/^[0-9a-f]{64}$/);
  vi.stubEnv('WEIGHTFOLD_ISA', 'scalar');
  expect(measuringConditions(null)).toEqual({ ...here, isa: 'scalar' });
  vi.unstubAllEnvs();
  const { rivals } = measuringConditions('/rivals');
  expect(rivals?.pins).toContainEqual(expect.stringMatching(/^ai-edge-litert==/));
});
