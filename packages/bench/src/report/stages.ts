import type { ReportStage } from './document.js';
import { decimal, integer, percent, significant } from './format.js';
import { reconstructs, stageRows } from './stage-table.js';
import type { DataTable } from './table.js';

/** The article's table: accuracy, bytes → zipped, compression; and the same of the .wfz. */
export function articleTable(stages: ReportStage[]): DataTable {
  const errors = reconstructs(stages);
  const score = (accuracy: number | null, mse: number | null) =>
    errors ? significant(mse) : decimal(accuracy, 2);
  const kind = errors ? 'MSE' : 'top-1 %';
  return {
    caption: 'Quality and size of each stage',
    heads: [
      'stage',
      'from',
      `float ${kind}`,
      `int8 ${kind}`,
      '.tflite bytes',
      '→ zipped',
      'compression',
      '.wfz bytes',
      '.wfz compression',
    ],
    rows: stages.map((stage) => [
      stage.name,
      stage.from,
      score(stage.accuracyFloat, stage.mseFloat),
      score(stage.accuracyInt8, stage.mseInt8),
      integer(stage.bytes),
      integer(stage.zipBytes),
      percent(stage.zipCompression, 2),
      integer(stage.wfzBytes),
      percent(stage.wfzCompression, 2),
    ]),
    words: [1],
    best: bestOf(stages),
  };
}

/** The best int8 score and the smallest files. */
function bestOf(stages: ReportStage[]): Set<string> {
  const least = (of: (stage: ReportStage) => number | null) => {
    const values = stages.map((stage) => of(stage) ?? Infinity);
    return values.indexOf(Math.min(...values));
  };
  const score = least(({ accuracyInt8, mseInt8 }) => (accuracyInt8 === null ? mseInt8 : -accuracyInt8));
  const [zip, wfz] = [least(({ zipBytes }) => zipBytes), least(({ wfzBytes }) => wfzBytes)];
  return new Set([`${score},3`, `${zip},5`, `${zip},6`, `${wfz},7`, `${wfz},8`]);
}

/** Everything that was measured, a column per stage: there are more measures than fit side by side. */
export function allMeasures(stages: ReportStage[]): DataTable {
  const { heads, rows } = stageRows(stages);
  const [corner, ...measures] = heads;
  return {
    caption: 'Every measure of each stage',
    heads: [corner!, ...rows.map(([name]) => name!)],
    rows: measures.map((measure, i) => [measure, ...rows.map((row) => row[i + 1]!)]),
  };
}

/** Times of single inferences. */
export function latencyTable(stages: ReportStage[]): DataTable {
  return {
    caption: 'Microseconds of one inference',
    heads: ['stage', 'median', 'p95', 'LiteRT median', 'LiteRT p95', 'arena bytes', 'trusted'],
    rows: stages.map((stage) => [
      stage.name,
      decimal(stage.medianUs, 1),
      decimal(stage.p95Us, 1),
      decimal(stage.litertMedianUs, 1),
      decimal(stage.litertP95Us, 1),
      integer(stage.arenaBytes),
      stage.trusted ? 'yes' : 'no',
    ]),
    words: [6],
  };
}
