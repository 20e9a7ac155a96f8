import type { ReportDocument } from './document.js';
import { type Html, html } from './html.js';

/** Where the figures come from, as names and values. */
export function provenanceRows({ provenance: p, stages }: ReportDocument): [string, string][] {
  const { cpu, cores, memoryBytes, os } = p.machine;
  return [
    ['Date', p.date],
    ['Seed', String(p.seed)],
    ['Machine', `${cpu}, ${cores} cores, ${(memoryBytes / 2 ** 30).toFixed(0)} GiB, ${os}`],
    ['Kernels', stages.at(-1)!.isa],
    ['Data', `${p.dataset.name} (${p.dataset.licence}), from ${p.dataset.source}`],
    ...p.dataset.files.map((file): [string, string] => [file.name, `sha256 ${file.sha256}`]),
    ...Object.entries(p.versions),
    ...stages.map((stage): [string, string] => [stage.tflite, `sha256 ${stage.sha256}`]),
  ];
}

export function provenanceSection(run: ReportDocument): Html {
  const list = provenanceRows(run).map(([key, value]) => html`<dt>${key}</dt><dd>${value}</dd>\n`);
  return html`<dl class="facts">${list}</dl>
<details><summary>Configuration</summary><pre tabindex="0">${JSON.stringify(run.provenance.config, null, 2)}</pre></details>`;
}
