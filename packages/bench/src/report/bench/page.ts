import { measuredText } from '../../measure/assertions.js';
import type { BenchResult, BenchRow } from '../../measure/schema.js';
import { decimal, integer, microseconds } from '../format.js';
import { type Html, html } from '../html.js';
import { page, type Section } from '../page.js';
import { type DataTable, tableHtml } from '../table.js';
import { circumstances, distrust } from './circumstances.js';
import { latencyFigures } from './distributions.js';
import { isOurs, modelNames } from './names.js';
import { opFigures } from './ops.js';
import { ratioFigure } from './ratios.js';
import { soakFigures } from './soak.js';

/** A measurement as one self-contained HTML page: what `weightfold bench --html` writes. */
export function renderBench(result: BenchResult): string {
  const names = [...modelNames(result).values()];
  const title = names.length === 1 ? `Bench of ${names[0]}` : `Bench of ${names.length} models`;
  const { context } = result;
  const intro = html`<p class="when">${context.date.slice(0, 16).replace('T', ' ')} UTC, ${context.cpu}, ${context.arch}</p>
${distrust(result)}
${names.length === 1 && keyFigures(result)}`;
  const sections = [...benchSections(result), { title: 'Circumstances', body: circumstances(result) }];
  return page({ title, intro, sections });
}

/** The figures of ours, large. */
function keyFigures(result: BenchResult): Html | null {
  const ours = result.results.find(({ engine }) => isOurs(engine));
  if (!ours) return null;
  const best = result.ratios.map(({ ratio, versus }) => `${ratio.toFixed(2)} times as fast as ${versus}`);
  const key = (name: string, value: string | null, unit: string, more: string) =>
    value !== null && html`<div><dt>${name}</dt><dd><b>${value}</b> ${unit}<small>${more}</small></dd></div>`;
  return html`<dl class="key">
${key('median', `${microseconds(ours.medianUs)}${ours.trusted ? '' : '*'}`, 'µs', best.join(', ') || ours.engine)}
${key('95th percentile', microseconds(ours.p95Us), 'µs', `99th ${microseconds(ours.p99Us) ?? '–'} µs`)}
${key('activations', integer(ours.arenaBytes), 'bytes', `peak memory of the process ${integer(ours.peakRssBytes) ?? '–'} bytes`)}
${key('packed', integer(ours.wfzBytes), 'bytes', `.tflite ${integer(ours.fileBytes)} bytes`)}
</dl>`;
}

/** Everything but the circumstances. */
export function benchSections(result: BenchResult): Section[] {
  const ratios = ratioFigure(result);
  const [ops, soak] = [opFigures(result), soakFigures(result)];
  const { assertions = [] } = result;
  const leftOut = [
    ...result.refused.map((one) => ({ ...one })),
    ...(result.absent ?? []).map((one) => ({ ...one, model: null })),
  ];
  const found: [string, Html | null][] = [
    ['Requirements', assertions.length > 0 ? tableHtml(assertionTable(assertions)) : null],
    ['Ratios', ratios],
    ['Latencies', latencyFigures(result)],
    ['Memory and sizes', tableHtml(memoryTable(result))],
    ['Ops', ops],
    ['Soak', soak],
    ['Left out', leftOut.length > 0 ? tableHtml(leftOutTable(leftOut)) : null],
  ];
  return found.flatMap(([title, body]) => (body === null ? [] : [{ title, body }]));
}

function memoryTable(result: BenchResult): DataTable {
  const names = modelNames(result);
  const cells = (row: BenchRow) => [
    names.get(row.model)!,
    `${row.engine}${row.version ? ` ${row.version}` : ''}`,
    decimal(row.loadMs, 2),
    decimal(row.firstUs, 0),
    integer(row.arenaBytes),
    integer(row.peakRssBytes),
    integer(row.fileBytes),
    integer(row.wfzBytes),
  ];
  return {
    caption:
      'Loading and the first inference in a fresh process, its peak memory, and the sizes of the model',
    heads: [
      'model',
      'engine',
      'load ms',
      'first µs',
      'arena bytes',
      'peak RSS bytes',
      '.tflite bytes',
      '.wfz bytes',
    ],
    rows: result.results.map(cells),
    words: [1],
  };
}

function assertionTable(assertions: NonNullable<BenchResult['assertions']>): DataTable {
  return {
    caption: 'Requirements',
    heads: ['requirement', 'model', 'engine', 'measured', 'holds'],
    rows: assertions.map((checked) => [
      checked.assertion,
      checked.model,
      checked.engine,
      measuredText(checked),
      checked.ok ? 'yes' : 'MISSED',
    ]),
    words: [1, 2, 4],
  };
}

function leftOutTable(all: { model: string | null; engine: string; reason: string }[]): DataTable {
  return {
    caption: 'Engines without figures',
    heads: ['engine', 'model', 'because'],
    rows: all.map(({ engine, model, reason }) => [engine, model ?? 'any', reason.split('\n')[0]!]),
    words: [1, 2],
  };
}
