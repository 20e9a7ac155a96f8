import type { StageSpec } from '@weightfold/optimizer';
import { integer } from './table.js';

type ConstraintSpec = StageSpec['constraints'][number];

/** A planned stage in a line: where it starts, how long and how fast it trains, and what is to hold. */
export function stageText(spec: StageSpec, batchSize: number): string {
  const { name, from, constraints, maxDrop } = spec;
  const parts = [from === null ? 'from the start' : `from ${from}`, trainingText(spec, batchSize)];
  parts.push(...constraints.map(constraintText));
  if (maxDrop !== null)
    parts.push(`the smallest file within ${maxDrop} ${maxDrop === 1 ? 'point' : 'points'}`);
  return `${name}: ${parts.join('; ')}`;
}

function trainingText(
  { epochs, examples, learningRate, distillation }: StageSpec,
  batchSize: number,
): string {
  if (epochs === 0) return 'not trained';
  const steps =
    examples === null ? '' : `, ${integer(epochs * Math.max(1, Math.floor(examples / batchSize)))} steps`;
  const seen = `${examples === null ? 'all' : integer(examples)} examples`;
  const times = epochs === 1 ? '1 epoch' : `${epochs} epochs`;
  return `${times} of ${seen}${steps} at rate ${learningRate}${distillation ? ', distilled' : ''}`;
}

function constraintText(one: ConstraintSpec): string {
  const layers = 'layers' in one && one.layers ? ` in ${one.layers.join(', ')}` : '';
  return `${settingsText(one)}${layers}`;
}

function settingsText(one: ConstraintSpec): string {
  switch (one.type) {
    case 'sparsity':
      return `sparsity ${one.target}${one.pattern ? ` in ${one.pattern}` : ''}`;
    case 'cluster':
      return `${one.clusters} clusters`;
    case 'rate':
      return one.targetBytes === null
        ? `rate at lambda ${one.lambda}`
        : `rate for ${integer(one.targetBytes)} bytes`;
    case 'quantize':
      return `quantize to ${one.bits} bits`;
    default:
      return one.type;
  }
}
