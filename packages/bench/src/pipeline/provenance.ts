import { createRequire } from 'node:module';
import os from 'node:os';
import type { Dataset } from '@weightfold/datasets';
import { backendInfo, type RunConfig } from '@weightfold/optimizer';
import { pins } from '@weightfold/rivals';
import { addonHash, nativeInfo } from '@weightfold/runtime-native';
import { compressorBuild } from '../modules.js';
import type { Judgement } from './judge.js';

const require = createRequire(import.meta.url);

/** Where the figures of a run come from. */
export interface Provenance {
  date: string;
  seed: number;
  config: RunConfig;
  dataset: Dataset['provenance'] & {
    name: string;
    /** Of recordings: what a device must make and normalize by. */
    features?: { name: string; mean: number[] | null; deviation: number[] | null };
  };
  machine: { cpu: string; cores: number; memoryBytes: number; os: string; features: string[] };
  versions: Record<string, string>;
}

/** Versions of what ran in this process. */
export function versions(): Record<string, string> {
  const { backend, version, tensorflow } = backendInfo();
  return {
    weightfold: (require('../../package.json') as { version: string }).version,
    node: process.version,
    'tfjs-node': `${version} (${backend})`,
    ...(tensorflow === null ? {} : { tensorflow }),
  };
}

/** What the measurements of a file depend on; `pythonPath` is where the rivals are, null without them. */
export function measuringConditions(pythonPath: string | null) {
  return {
    versions: versions(),
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    compressor: compressorBuild(),
    addon: addonHash(),
    isa: nativeInfo().isa,
    rivals: pythonPath === null ? null : { pythonPath, pins },
  };
}

/** Provenance of a run whose files were judged by the rivals (null without Python). */
export function provenance(config: RunConfig, dataset: Dataset, judgement: Judgement | null): Provenance {
  const cpus = os.cpus();
  return {
    date: new Date().toISOString(),
    seed: config.seed,
    config,
    dataset: { name: dataset.name, ...dataset.provenance, ...featuresOf(dataset) },
    machine: {
      cpu: cpus[0]?.model.trim() ?? 'unknown',
      cores: cpus.length,
      memoryBytes: os.totalmem(),
      os: `${os.type()} ${os.release()} ${process.arch}`,
      features: nativeInfo().cpuFeatures,
    },
    versions: { ...versions(), ...judgement?.versions },
  };
}

function featuresOf({ features }: Dataset): Pick<Provenance['dataset'], 'features'> {
  if (!features) return {};
  const { name, mean, deviation } = features;
  return { features: { name, mean: mean && [...mean], deviation: deviation && [...deviation] } };
}
