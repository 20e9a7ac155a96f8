import type { ReportDocument } from './document.js';
import { sizeFrontTable } from './front.js';
import { provenanceRows } from './provenance.js';
import { sparsityTable } from './sparsity.js';
import { allMeasures, articleTable, latencyTable } from './stages.js';
import { summarySentence } from './summary.js';
import { csv, tableMarkdown } from './table.js';
import { timeTable } from './training.js';

/** The report's tables as Markdown; files of others beside the run's, where there are some. */
export function reportMarkdown(run: ReportDocument): string {
  const { stages, rivals } = run;
  const facts = provenanceRows(run).map(([key, value]) => `- ${key}: ${value}`);
  return [
    `# ${run.title}`,
    summarySentence(run),
    ...[articleTable, sparsityTable, allMeasures, latencyTable, timeTable]
      .map((table) => table(stages))
      .filter((table) => table !== null)
      .map(tableMarkdown),
    ...(rivals.length > 0 ? [tableMarkdown(sizeFrontTable(run))] : []),
    facts.join('\n'),
    '',
  ].join('\n\n');
}

/** What a line of the CSV holds of a stage: the keys of the JSON that are numbers or words. */
const columns = [
  'name',
  'from',
  'kind',
  'accuracyFloat',
  'accuracyInt8',
  'accuracyValidation',
  'mseFloat',
  'mseInt8',
  'bytes',
  'zipBytes',
  'zipCompression',
  'wfzBytes',
  'wfzCompression',
  'xzBytes',
  'brotliBytes',
  'zeroFraction',
  'maxDistinct',
  'bitsPerWeight',
  'medianUs',
  'p95Us',
  'litertMedianUs',
  'litertP95Us',
  'trusted',
  'isa',
  'arenaBytes',
  'steps',
  'seconds',
  'cpuSeconds',
  'sha256',
] as const satisfies readonly (keyof ReportDocument['stages'][number])[];

/** One line per stage, with plain numbers. */
export function reportCsv({ stages }: ReportDocument): string {
  return csv(
    [...columns],
    stages.map((stage) => columns.map((key) => stage[key])),
  );
}

/** The whole document, whose schema is docs/formats/report.schema.json. */
export const reportJson = (run: ReportDocument): string => `${JSON.stringify(run)}\n`;
