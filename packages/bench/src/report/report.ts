import path from 'node:path';
import type { MeasuredStage, RunResult } from '../pipeline/run.js';
import { bitsTable } from './bits.js';
import { codeDensity, realDensity } from './density.js';
import { escapeHtml } from './html.js';
import { lossFigure } from './loss.js';
import { readResult } from './result.js';
import { stageLegend, stageRows } from './stage-table.js';
import { style } from './style.js';

/**
 * A run folder as one self-contained HTML page: no scripts, nothing from elsewhere.
 * @throws BenchError when the folder holds no finished run, or its result is damaged
 */
export function renderReport(runDir: string): string {
  const result = readResult(runDir);
  const { config, dataset } = result.provenance;
  const title = `${config.model.name} on ${dataset.name}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>weightfold: ${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(summary(result))}</p>
<h2>Stages</h2>
${stageTable(result.stages)}
<p class="note">Compression is 1 − packed ÷ .tflite. Times are of single inferences on one thread, ours and LiteRT’s measured in alternation. ${stageLegend(result.stages).map(escapeHtml).join(' ')}</p>
<h2>Density of the weights</h2>
<p>How the weights of a layer are distributed at each stage: as real numbers before export (above), and as int8 codes in the file (below). A column of zeros that would leave nothing of the others is cut, and says how many there are.</p>
${densitySections(result.stages)}
<h2>Bits per weight</h2>
${bitsTable(result.stages)}
<h2>Training</h2>
${lossFigure(path.join(runDir, 'metrics.jsonl'), result.stages)}
<h2>Provenance</h2>
${provenance(result)}
</main>
</body>
</html>
`;
}

function summary({ stages }: RunResult): string {
  const first = stages[0]!;
  const last = stages.at(-1)!;
  return (
    `${last.name}: ${worth(first, last)}, with ${(100 * last.zeroFraction).toFixed(1)} % zeros in layers that are not depthwise and at most ` +
    `${last.maxDistinct} distinct codes in a clustered layer. ${last.bytes.toLocaleString('en')} bytes become ` +
    `${last.wfzBytes.toLocaleString('en')} (${percent(1 - last.wfzBytes / last.bytes)} smaller; zipped ${last.zipBytes.toLocaleString('en')}).`
  );
}

/** The last stage's score beside that of the float base. */
function worth(first: MeasuredStage, last: MeasuredStage): string {
  if (last.accuracyInt8 === null || first.accuracyFloat === null)
    return `${last.mseInt8!.toPrecision(4)} int8 mean squared error (float base: ${first.mseFloat!.toPrecision(4)})`;
  const drop = first.accuracyFloat - last.accuracyInt8;
  const points = `${Math.abs(drop).toFixed(2)} points ${drop >= 0 ? 'below' : 'above'} the float base`;
  return `${last.accuracyInt8.toFixed(2)} % int8 top-1, ${points}`;
}

/** A column per stage: there are more measures than fit side by side. */
function stageTable(stages: MeasuredStage[]): string {
  const { heads, rows } = stageRows(stages);
  const [corner, ...measures] = heads.map(escapeHtml);
  const head = rows.map(([name]) => `<th scope="col">${escapeHtml(name!)}</th>`).join('');
  const cells = (i: number) => rows.map((row) => `<td>${escapeHtml(row[i + 1]!)}</td>`).join('');
  const body = measures.map((measure, i) => `<tr><th scope="row">${measure}</th>${cells(i)}</tr>`).join('\n');
  return `<div class="scroll" tabindex="0" role="region" aria-label="Table of stages"><table>
<caption>Quality, size and latency of each stage</caption>
<thead><tr><th scope="col">${corner}</th>${head}</tr></thead>
<tbody>
${body}
</tbody></table></div>`;
}

/** The layers with the fewest, a middle and the largest number of weights: enough to see, few enough to read. */
function densitySections(stages: MeasuredStage[]): string {
  const layers = stages[0]!.densities
    .map(({ layer, int8 }) => ({ layer, weights: int8.counts.reduce((sum, n) => sum + n, 0) }))
    .sort((a, b) => b.weights - a.weights);
  const chosen = [...new Set([layers[0], layers[Math.floor(layers.length / 2)], layers.at(-1)])];
  return chosen
    .filter((layer) => layer !== undefined)
    .map(({ layer, weights }) => {
      const row = (draw: typeof realDensity) =>
        `<div class="figures">${stages.map((stage) => draw(stage, layer)).join('\n')}</div>`;
      const heading = `<h3>${escapeHtml(layer)} <small>${weights.toLocaleString('en')} weights</small></h3>`;
      return [heading, row(realDensity), row(codeDensity)].join('\n');
    })
    .join('\n');
}

function provenance({ provenance: p, stages }: RunResult): string {
  const rows: [string, string][] = [
    ['Date', p.date],
    ['Seed', String(p.seed)],
    [
      'Machine',
      `${p.machine.cpu}, ${p.machine.cores} cores, ${(p.machine.memoryBytes / 2 ** 30).toFixed(0)} GiB, ${p.machine.os}`,
    ],
    ['Kernels', stages.at(-1)!.isa],
    ['Data', `${p.dataset.name} (${p.dataset.licence}), from ${p.dataset.source}`],
    ...p.dataset.files.map((file): [string, string] => [file.name, `sha256 ${file.sha256}`]),
    ...Object.entries(p.versions),
    ...stages.map((stage): [string, string] => [stage.tflite, `sha256 ${stage.sha256}`]),
  ];
  const list = rows
    .map(([key, value]) => `<dt>${escapeHtml(key)}</dt><dd>${escapeHtml(value)}</dd>`)
    .join('\n');
  const config = escapeHtml(JSON.stringify(p.config, null, 2));
  return `<dl>${list}</dl>\n<details><summary>Configuration</summary><pre>${config}</pre></details>`;
}

const percent = (fraction: number) => `${(100 * fraction).toFixed(1)} %`;
