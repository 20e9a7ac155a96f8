import * as Plot from '@observablehq/plot';
import { xAxis } from './axes.js';
import type { ReportStage } from './document.js';
import { integer } from './format.js';
import { type Html, html } from './html.js';
import { figure } from './plot.js';
import { rowLayout, rowNames } from './rows.js';
import type { DataTable } from './table.js';

const parts = [
  { key: 'weights', name: 'weights' },
  { key: 'biases', name: 'biases' },
  { key: 'quantization', name: 'scales, zero points' },
  { key: 'structure', name: 'structure' },
  { key: 'header', name: '.wfz header' },
] as const;

type Part = (typeof parts)[number]['key'];
type Content = Record<Part, number>;

interface Row {
  stage: string;
  file: '.tflite' | '.wfz';
  content: Content;
}

/** What the bytes of each stage's .tflite and .wfz are for. */
export function sizeFigure(stages: ReportStage[]): Html {
  const rows = stages.flatMap(({ name, content }): Row[] => {
    if (!content) return [];
    const { plain, coded, headerBytes } = content;
    return [
      { stage: name, file: '.tflite', content: { ...plain, header: 0 } },
      { stage: name, file: '.wfz', content: { ...coded, header: headerBytes } },
    ];
  });
  if (rows.length === 0)
    return html`<p>The packed files are not in the run folder: their content is not known.</p>`;
  return figure({
    label: `Bytes of the .tflite and the .wfz of ${rows.length / 2} stages by what they are for`,
    caption: html`${legend()}Bytes of each stage: the .tflite above, the .wfz below it. Metadata is what weights do not explain: biases, scales, structure.`,
    draw: ({ narrow }) => plot(rows, narrow),
    table: sizeTable(rows),
  });
}

function legend(): Html {
  const keys = parts.map(({ key, name }) => html`<span class="swatch ${key}">${name}</span> `);
  return html`<span class="legend">${keys}</span>`;
}

const total = (content: Content) => parts.reduce((sum, { key }) => sum + content[key], 0);

function plot(rows: Row[], narrow: boolean): Plot.PlotOptions {
  const bars = rows.flatMap(({ stage, file, content }) => {
    let from = 0;
    return parts.map(({ key }) => {
      const bar = { stage, file, key, from: from / 1000, to: (from + content[key]) / 1000 };
      from += content[key];
      return bar;
    });
  });
  const stages = [...new Set(rows.map(({ stage }) => stage))];
  return {
    ...rowLayout(stages, narrow, { narrow: 56, wide: 44 }),
    x: { ...xAxis('kB', narrow), grid: true },
    y: { axis: null, domain: ['.tflite', '.wfz'], padding: 0.12 },
    marks: [
      ...parts.map(({ key }) =>
        Plot.barX(
          bars.filter((bar) => bar.key === key && bar.to > bar.from),
          { x1: 'from', x2: 'to', y: 'file', fy: 'stage', className: `part ${key}` },
        ),
      ),
      Plot.text(rows, {
        x: ({ content }: Row) => total(content) / 1000,
        y: 'file',
        fy: 'stage',
        text: ({ content }: Row) => integer(total(content)),
        textAnchor: 'start',
        dx: 5,
        className: 'value',
      }),
      rowNames(stages, narrow),
    ],
  };
}

function sizeTable(rows: Row[]): DataTable {
  return {
    caption: 'Bytes by what they are for',
    heads: ['stage', 'file', ...parts.map(({ name }) => name), 'all'],
    rows: rows.map(({ stage, file, content }) => [
      stage,
      file,
      ...parts.map(({ key }) => integer(content[key])),
      integer(total(content)),
    ]),
    words: [1],
  };
}
