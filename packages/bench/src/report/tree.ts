import type { ReportStage } from './document.js';
import { decimal, integer, percent, significant } from './format.js';
import { type Html, html } from './html.js';

/** What constraints do to weights, in a word or two. */
const words: Record<string, string> = {
  sparsity: 'prune',
  'preserve-sparsity': 'keep zeros',
  cluster: 'cluster',
  rate: 'rate',
  metadata: 'metadata',
  quantize: 'QAT',
};

/** Which stage comes from which, as nested lists that the style draws as a tree. */
export function deploymentTree(stages: ReportStage[]): Html {
  const largest = Math.max(...stages.map(({ bytes }) => bytes));
  const names = new Set(stages.map(({ name }) => name));
  const children = (parent: string | null): ReportStage[] =>
    stages.filter(({ from }) => (from !== null && names.has(from) ? from : null) === parent);
  const branch = (parent: string | null): Html | null => {
    const nodes = children(parent);
    if (nodes.length === 0) return null;
    return html`<ul>${nodes.map((stage) => html`<li>${node(stage, largest)}${branch(stage.name)}</li>\n`)}</ul>`;
  };
  return html`<div class="scroll tree" tabindex="0" role="region" aria-label="Deployment tree">${branch(null)}</div>`;
}

function node(stage: ReportStage, largest: number): Html {
  const { name, constraints, accuracyInt8, mseInt8, wfzBytes, bytes } = stage;
  const does = constraints.map((type) => words[type] ?? type).join(' + ') || 'float, trained';
  const score =
    accuracyInt8 === null ? `MSE ${significant(mseInt8) ?? '–'}` : `${decimal(accuracyInt8, 2)} %`;
  const part = (value: number) => percent(value / largest)!.replace(' ', '');
  return html`<div class="node"><strong>${name}</strong> <span class="score">${score}</span>
<span class="does">${does}</span> <span class="bytes">${integer(wfzBytes)} B</span>
<span class="bar" aria-hidden="true"><i style="width:${part(bytes)}"></i><i style="width:${part(wfzBytes)}"></i></span></div>`;
}
