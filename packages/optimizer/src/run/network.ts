import { UsageError } from '@weightfold/base';
import type { Dataset } from '@weightfold/datasets';
import type { RunConfig } from '../config.js';
import { type Graph, logitsOf } from '../graph/graph.js';
import { buildGraph } from '../graph/models.js';
import { shapesOf } from '../graph/shapes.js';
import { importModel } from '../import/import.js';
import { readKerasWeights } from '../import/keras/keras-weights.js';
import { initialParameters, type ParameterSlot, parameterSlots } from '../training/parameters.js';
import type { StageStart } from './stage.js';

/** The network of a run, and where its first stage starts. */
export interface Network {
  graph: Graph;
  slots: ParameterSlot[];
  /** Whether the start is a trained network, which the first stage takes as it is. */
  trained: boolean;
  start(): Promise<Omit<StageStart, 'teacher'>>;
}

/**
 * Builds a configuration's model, or imports it.
 * @throws UsageError when the model does not fit the data set
 */
export async function loadNetwork(config: RunConfig, dataset: Dataset): Promise<Network> {
  const { model, baseWeights, seed } = config;
  if (model.name === 'imported') return importedNetwork(model, config, dataset);
  const graph = buildGraph(model, dataset.train.shape, dataset.classes);
  const slots = parameterSlots(graph);
  const fresh = { moments: new Map(), constraints: new Map() };
  return {
    graph,
    slots,
    trained: baseWeights !== null,
    start: async () =>
      baseWeights === null
        ? { ...fresh, values: initialParameters(graph, slots, seed) }
        : { ...fresh, ...(await readKerasWeights(baseWeights, slots)) },
  };
}

async function importedNetwork(
  { file, weights }: { file: string; weights: string | null },
  { baseWeights }: RunConfig,
  dataset: Dataset,
): Promise<Network> {
  if (baseWeights !== null)
    throw new UsageError('baseWeights: an imported model has its own weights', { where: 'baseWeights' });
  const { graph, state } = await importModel(file, weights === null ? {} : { weights });
  const { shape } = dataset.train;
  if (graph.inputs.length !== 1 || String(graph.inputs[0]!.shape) !== String(shape)) {
    const found = graph.inputs.map((input) => `[${input.shape}]`).join(' and ');
    throw misfit(file, `one input of shape [${shape}], as the examples of ${dataset.name}`, found);
  }
  const classes = shapesOf(graph).get(logitsOf(graph))!;
  if (String(classes) !== String([dataset.classes]))
    throw misfit(file, `${dataset.classes} outputs, as many as ${dataset.name} has classes`, `[${classes}]`);
  const { slots, values, moments } = state;
  return { graph, slots, trained: true, start: async () => ({ values, moments, constraints: new Map() }) };
}

function misfit(file: string, expected: string, received: string): UsageError {
  return new UsageError(`${file}: expected ${expected} but received ${received}`, {
    code: 'MODEL_MISFIT',
    where: 'model.file',
    expected,
    received,
  });
}
