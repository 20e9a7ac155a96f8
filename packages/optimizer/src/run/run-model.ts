import fs from 'node:fs';
import path from 'node:path';
import { UsageError } from '@weightfold/base';
import type { Dataset } from '@weightfold/datasets';
import { parseConfig, type RunConfig } from '../config.js';
import type { NetworkFactory } from '../graph/builder.js';
import type { ImportedModel } from '../import/imported-model.js';
import { resolveStages } from '../recipes.js';
import { fingerprint } from './folder.js';
import { loadNetwork } from './network.js';
import { loadStage, stateFile } from './state.js';

/**
 * The configuration of a run folder.
 * @throws UsageError for a folder that is none
 */
export function readRunConfig(dir: string): RunConfig {
  return parseConfig(JSON.parse(runText(dir)));
}

export interface RunModelOptions {
  /** A stage that no constraint holds; the first one when not given. */
  stage?: string;
  /** Builds the network, where the program did that for the run too. */
  network?: NetworkFactory;
}

/**
 * The float network of a finished stage of a run folder.
 * @throws UsageError for a stage that is not there, not finished, or held to constraints, and without the network of a run that
 * had one of its own; OptimizerError when the data set or a file changed since
 */
export async function loadRunModel(
  dir: string,
  dataset: Dataset,
  { stage, network }: RunModelOptions = {},
): Promise<ImportedModel> {
  const config = readRunConfig(dir);
  const specs = resolveStages(config);
  const names = specs.map(({ name }) => name).join(', ');
  const spec = stage === undefined ? specs[0]! : specs.find(({ name }) => name === stage);
  if (!spec) throw wrongStage(dir, `one of its stages, ${names}`, stage!);
  if (spec.constraints.length > 0)
    throw wrongStage(
      dir,
      'a float stage that no constraint holds',
      `${spec.name}, held to ${spec.constraints[0]!.type}`,
    );
  const own = network?.({ shape: dataset.train.shape, classes: dataset.classes }) ?? null;
  const loaded = await loadNetwork(config, dataset, own);
  const state = loadStage(stateFile(dir, spec.name), await fingerprint(runText(dir), dataset, loaded));
  if (!state) throw wrongStage(dir, 'a stage that is finished', spec.name);
  const { graph, slots } = loaded;
  return { graph, state: { slots, values: state.values, moments: state.moments } };
}

function runText(dir: string): string {
  const file = path.join(dir, 'config.resolved.json');
  if (fs.existsSync(file)) return fs.readFileSync(file, 'utf8');
  throw new UsageError(`${dir} is no run folder`, {
    where: dir,
    expected: 'a folder with config.resolved.json, as optimize makes it',
  });
}

function wrongStage(dir: string, expected: string, received: string): UsageError {
  return new UsageError(`${dir}: expected ${expected} but received ${received}`, {
    code: 'WRONG_STAGE',
    where: dir,
    expected,
    received,
  });
}
