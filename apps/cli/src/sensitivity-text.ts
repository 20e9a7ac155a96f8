import type { MeasuredPlan, Sensitivity, StageSpec, SuggestedPlan } from '@weightfold/optimizer';
import { decimal, integer, shortName, textTable } from './table.js';

const right = (head: string) => ({ head, align: 'right' as const });
const signed = (value: number, digits: number) =>
  `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`;

export function summaryText({ float, examples, checkExamples }: Sensitivity): string {
  return (
    `float: loss ${decimal(float.loss, 4)}, accuracy ${decimal(float.accuracy, 2)} % of ${integer(examples)} training examples; ` +
    `loss ${decimal(float.check.loss, 4)}, accuracy ${decimal(float.check.accuracy, 2)} % of ${integer(checkExamples)} test examples`
  );
}

/** Loss increases, a row for each layer and a column for each technique. */
export function effectsTable({ layers, uniform }: Sensitivity): string {
  const techniques = uniform.map(({ technique }) => technique);
  const heads = techniques.map((name) => right(name.replace('+', '\n+')));
  const rows = layers.map(({ name, weights, effects }) => [
    shortName(name),
    integer(weights),
    ...techniques.map((technique) => {
      const effect = effects.find((one) => one.technique === technique);
      return effect && signed(effect.lossIncrease, 4);
    }),
  ]);
  const title = 'Increase of the loss when only this layer is changed (training examples):';
  return `${title}\n${textTable([{ head: 'layer' }, right('weights'), ...heads], rows)}`;
}

export function uniformTable({ uniform }: Sensitivity): string {
  const columns = [{ head: 'technique' }, right('bytes'), right('loss'), right('accuracy')];
  const rows = uniform.map(({ technique, bytes, loss, accuracy }) => [
    technique,
    integer(bytes),
    decimal(loss, 4),
    `${decimal(accuracy, 2)} %`,
  ]);
  return `All layers but depthwise ones alike, without training (test examples):\n${textTable(columns, rows)}`;
}

/** The plan's layers, what it measured, and the constraints of its stages. */
export function planText({ layers, uniform }: Sensitivity, plan: SuggestedPlan, stages: StageSpec[]): string {
  const rows = layers.map(({ name, effects }) => {
    const technique = plan.layers[name]!;
    const { bytes, lossIncrease, accuracyChange } = effects.find((one) => one.technique === technique)!;
    return [shortName(name), technique, integer(bytes), signed(lossIncrease, 4), signed(accuracyChange, 2)];
  });
  const columns = [{ head: 'layer' }, { head: 'technique' }, right('bytes'), right('loss'), right('points')];
  const lists = stages
    .filter(({ constraints }) => constraints.length > 0)
    .map(({ name, constraints }) => [`  ${name}`, ...constraints.map((one) => `    ${JSON.stringify(one)}`)]);
  return [
    `Plan for ${integer(plan.targetBytes)} bytes:\n${textTable(columns, rows)}`,
    `together: ${measured(plan)} of the test examples, without training\n${bestAlike(uniform, plan.targetBytes)}`,
    `Constraints of its stages:\n${lists.flat().join('\n')}`,
  ].join('\n\n');
}

function bestAlike(uniform: Sensitivity['uniform'], targetBytes: number): string {
  const [best] = uniform.filter(({ bytes }) => bytes <= targetBytes).sort((a, b) => a.loss - b.loss);
  if (!best) return 'no technique fits when all layers are treated alike';
  return `the best that fits of all layers alike: ${best.technique}, ${measured(best)}`;
}

const measured = ({ bytes, loss, accuracy }: MeasuredPlan) =>
  `${integer(bytes)} bytes, loss ${decimal(loss, 4)}, accuracy ${decimal(accuracy, 2)} %`;
