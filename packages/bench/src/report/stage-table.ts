import type { ReportStage } from './document.js';
import { decimal, integer, percent, significant } from './format.js';

/** What the table needs of a measured stage. */
type Stage = Omit<
  ReportStage,
  | 'from'
  | 'constraints'
  | 'lambda'
  | 'content'
  | 'bitsPerWeight'
  | 'zipCompression'
  | 'wfzCompression'
  | 'layers'
  | 'arenaBytes'
> & { layers: Pick<ReportStage['layers'][number], 'elements' | 'entropyBits'>[] };

/** Mean bits of a weight over all layers, by the order-0 entropy of each layer's codes in the file. */
export function bitsPerWeight({ layers }: Pick<Stage, 'layers'>): number {
  const bits = layers.reduce((sum, { elements, entropyBits }) => sum + elements * entropyBits, 0);
  return bits / layers.reduce((sum, { elements }) => sum + elements, 0);
}

type Column = [head: string, cell: (stage: Stage) => string | null];

/** What classifiers are worth, and networks that reconstruct their input. */
const accuracies: Column[] = [
  ['Float %', (stage) => decimal(stage.accuracyFloat, 2)],
  ['int8 %', (stage) => decimal(stage.accuracyInt8, 2)],
  ['int8 % single', (stage) => decimal(stage.judgement?.singleAccuracy, 2)],
  ['LiteRT %', (stage) => decimal(stage.judgement?.litertAccuracy, 2)],
];
const errors: Column[] = [
  ['Float MSE', (stage) => significant(stage.mseFloat)],
  ['int8 MSE', (stage) => significant(stage.mseInt8)],
  ['int8 MSE single', (stage) => significant(stage.judgement?.singleMse)],
  ['LiteRT MSE', (stage) => significant(stage.judgement?.litertMse)],
];

const others: Column[] = [
  ['= TFLM', ({ judgement }) => judgement && `${judgement.tflmEqual}/${judgement.tflmCompared}`],
  ['.tflite', (stage) => integer(stage.bytes)],
  ['zip', (stage) => integer(stage.zipBytes)],
  ['zip saves', (stage) => percent(1 - stage.zipBytes / stage.bytes)],
  ['xz -9e', (stage) => integer(stage.xzBytes)],
  ['brotli 11', (stage) => integer(stage.brotliBytes)],
  ['.wfz', (stage) => integer(stage.wfzBytes)],
  ['.wfz saves', (stage) => percent(1 - stage.wfzBytes / stage.bytes)],
  ['Zeros, not depthwise', (stage) => percent(stage.zeroFraction)],
  ['Codes, at most', (stage) => integer(stage.maxDistinct)],
  ['Bits per weight', (stage) => decimal(bitsPerWeight(stage), 2)],
  ['µs median', (stage) => decimal(stage.medianUs, 1) + (stage.trusted ? '' : '*')],
  ['µs p95', (stage) => decimal(stage.p95Us, 1)],
  ['LiteRT µs', (stage) => decimal(stage.litertMedianUs, 1)],
  ['LiteRT p95', (stage) => decimal(stage.litertP95Us, 1)],
];

/** Whether a run's network reconstructs its input: it has errors and no accuracies. */
export const reconstructs = (stages: Stage[]): boolean =>
  stages.some(({ mseFloat }) => typeof mseFloat === 'number'); // older result.json have none

/** The table of a run as text, for the page. A dash where something was not measured. */
export function stageRows(stages: Stage[]): { heads: string[]; rows: string[][] } {
  const scores = reconstructs(stages) ? errors : accuracies;
  const columns: Column[] = [['Stage', (stage) => stage.name], ...scores, ...others];
  return {
    heads: columns.map(([head]) => head),
    rows: stages.map((stage) => columns.map(([, cell]) => cell(stage) ?? '–')),
  };
}

/** What the table's measures mean, in sentences. */
export function stageLegend(stages: Stage[]): string[] {
  const single = reconstructs(stages) ? 'int8 MSE single' : 'int8 % single';
  return [
    `“${single}” is ours with XNNPACK’s rounding, to be compared with LiteRT.`,
    '“= TFLM” counts the examples on which TensorFlow Lite Micro gives our output bytes.',
    'Zeros are counted in all layers but depthwise ones, which recipes do not prune (inspect counts these, too).',
    'Codes are the most distinct ones in a clustered layer; where none is clustered, in any layer.',
    'Bits per weight are the entropy of each layer’s codes, depthwise layers too.',
    ...(stages.every((stage) => stage.trusted)
      ? []
      : ['* not to be trusted: the machine was busy with something else while this was measured.']),
  ];
}
