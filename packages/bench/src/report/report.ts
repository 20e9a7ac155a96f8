import type { BenchResult } from '../measure/schema.js';
import { circumstances, distrust } from './bench/circumstances.js';
import { benchSections } from './bench/page.js';
import { densityTable, layerDensities } from './density.js';
import type { ReportDocument } from './document.js';
import { integer } from './format.js';
import { latencyFront, sizeFront } from './front.js';
import { html } from './html.js';
import { latencyFigure } from './latency.js';
import { page, type Section } from './page.js';
import { provenanceSection } from './provenance.js';
import { codedFigure, rateFigure } from './rate.js';
import { sizeFigure } from './sizes.js';
import { sparsityTable } from './sparsity.js';
import { stageLegend } from './stage-table.js';
import { allMeasures, articleTable } from './stages.js';
import { keyFigures, summarySentence } from './summary.js';
import { tableHtml } from './table.js';
import { timeTable, trainingFigures } from './training.js';
import { deploymentTree, nodesOf } from './tree.js';

/** A run as one self-contained HTML page: nothing from elsewhere, readable without its script. */
export function renderReport(run: ReportDocument): string {
  const { date, seed, machine } = run.provenance;
  const intro = html`<p class="when">${date.slice(0, 16).replace('T', ' ')} UTC, seed ${seed}, ${machine.cpu}</p>
<p class="lead">${unbroken(summarySentence(run))}</p>
${keyFigures(run)}`;
  return page({ title: run.title, intro, sections: sectionsOf(run) });
}

/** A figure and the sign of its unit stay on one line. */
const unbroken = (text: string) => text.replaceAll(' %', '\u00a0%');

function sectionsOf(run: ReportDocument): Section[] {
  const { stages } = run;
  const rate = rateFigure(run);
  const timed = stages.some(({ medianUs }) => medianUs !== null);
  const classifies = stages.some(({ accuracyInt8 }) => accuracyInt8 !== null);
  return [
    { title: 'Stages', body: stagesBody(run) },
    ...(classifies
      ? [
          {
            title: 'Accuracy, size, latency',
            body: html`<div class="charts">${sizeFront(run)}${timed && latencyFront(run)}${codedFigure(stages)}${rate}</div>`,
          },
        ]
      : []),
    { title: 'Where the bytes are', body: sizeFigure(stages) },
    { title: 'Density of the weights', body: densityBody(run) },
    {
      title: 'Latency',
      body: timed
        ? latencyFigure(stages)
        : html`<p>Stages were measured on an emulator, whose times are none.</p>`,
    },
    ...(run.bench ? benchOf(run.bench) : []),
    {
      title: 'Training',
      body: html`${trainingFigures(run.training, stages)}
<details><summary>Steps and time of each stage</summary>${tableHtml(timeTable(stages))}</details>`,
    },
    { title: 'Provenance', body: provenanceSection(run) },
  ];
}

/** A measurement, with what speaks against it, and where it was made. */
function benchOf(bench: BenchResult): Section[] {
  const sections = benchSections(bench).map(({ title, body }) => ({
    title: `Bench: ${title.toLowerCase()}`,
    body,
  }));
  const [first, ...others] = sections;
  return [
    { title: first!.title, body: html`${distrust(bench)}${first!.body}` },
    ...others,
    { title: 'Bench: circumstances', body: circumstances(bench) },
  ];
}

function stagesBody({ stages }: ReportDocument) {
  const legend = stageLegend(stages).map((text) => html`<li>${text}</li>`);
  const sparse = sparsityTable(stages);
  return html`${deploymentTree(nodesOf(stages))}
${tableHtml(articleTable(stages))}
<p class="note">Compression is 1 − packed ÷ .tflite. Bold: the best of a column. Accuracies are of the whole test set.</p>
${sparse !== null && html`${tableHtml(sparse)}\n`}<details><summary>Every measure</summary>${tableHtml(allMeasures(stages))}
<ul class="note">${legend}</ul></details>`;
}

function densityBody({ stages }: ReportDocument) {
  const largest = stages[0]!.layers
    .filter(({ codes }) => codes !== null)
    .reduce((a, b) => (b.elements > a.elements ? b : a));
  return html`<h3>${largest.name} <small>${integer(largest.elements)} weights, the largest layer</small></h3>
<p class="note">Real weights before export above, int8 codes in the file below. A column of zeros that would leave nothing of the others is cut, and says how many there are.</p>
${layerDensities(stages, largest.name)}
<h3>Every layer</h3>
<p class="note">How often the codes −127 … 127 occur in each layer at each stage, zeros in another colour; below it the bits of a weight, by the entropy of the layer’s codes, the part of zeros, and the number of distinct codes.</p>
${densityTable(stages)}`;
}
