import { UsageError } from '@weightfold/base';
import type { Dataset } from '@weightfold/datasets';
import { type Objective, objectiveOf, type RunConfig } from '../config.js';
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
  /** Whether the start is a trained network, which a first stage without constraints takes as it is. */
  trained: boolean;
  start(): Promise<Omit<StageStart, 'teacher'>>;
}

/**
 * Builds a configuration's model, imports it, or takes one that a program built itself.
 * @throws UsageError when the model does not fit the data set, or is to be the program's own and there is none
 */
export async function loadNetwork(
  config: RunConfig,
  dataset: Dataset,
  own: Graph | null = null,
): Promise<Network> {
  const { model, baseWeights, seed } = config;
  if (objectiveOf(model) === 'classification' && dataset.classes < 2)
    throw misfit(dataset.name, `at least two classes for ${model.name}`, `${dataset.classes}`, 'dataset');
  if (model.name === 'imported') return importedNetwork(model, config, dataset);
  const graph =
    model.name === 'own' ? ownGraph(own, dataset) : buildGraph(model, dataset.train.shape, dataset.classes);
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
  config: RunConfig,
  dataset: Dataset,
): Promise<Network> {
  if (config.baseWeights !== null)
    throw new UsageError('baseWeights: an imported model has its own weights', { where: 'baseWeights' });
  const { graph, state } = await importModel(file, weights === null ? {} : { weights });
  checkModelFits(graph, dataset, file, objectiveOf(config.model));
  const { slots, values, moments } = state;
  return { graph, slots, trained: true, start: async () => ({ values, moments, constraints: new Map() }) };
}

function ownGraph(graph: Graph | null, dataset: Dataset): Graph {
  if (graph === null) {
    throw new UsageError('model: a network of one’s own is built by a program, not by a configuration', {
      where: 'model.name',
      expected:
        'the function that builds it as `network`, as in optimize({ config, dataset, network }), or another model',
      received: 'own',
    });
  }
  checkModelFits(graph, dataset, graph.name);
  return graph;
}

/**
 * @throws UsageError when a graph does not take the data set's examples, or gives something else than one output for each class (or, to
 * reconstruct them, than what they are)
 */
export function checkModelFits(
  graph: Graph,
  dataset: Dataset,
  what: string,
  objective: Objective = 'classification',
): void {
  const { shape } = dataset.train;
  if (graph.inputs.length !== 1 || String(graph.inputs[0]!.shape) !== String(shape)) {
    const found = graph.inputs.map((input) => `[${input.shape}]`).join(' and ');
    throw misfit(what, `one input of shape [${shape}], as the examples of ${dataset.name}`, found);
  }
  const outputs = shapesOf(graph).get(logitsOf(graph))!;
  const [wanted, why] =
    objective === 'reconstruction'
      ? [shape, 'as the input for reconstruction']
      : [[dataset.classes], `as many as ${dataset.name} has classes`];
  if (String(outputs) !== String(wanted))
    throw misfit(what, `outputs of shape [${wanted}], ${why}`, `[${outputs}]`);
}

function misfit(what: string, expected: string, received: string, where = what): UsageError {
  return new UsageError(`${what}: expected ${expected} but received ${received}`, {
    code: 'MODEL_MISFIT',
    where,
    expected,
    received,
  });
}
