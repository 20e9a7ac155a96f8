import type { ReportStage } from './document.js';
import { decimal, significant } from './format.js';
import { type Html, html } from './html.js';

/** A stage as the tree shows it. */
export interface TreeNode {
  name: string;
  from: string | null;
  constraints: readonly string[];
  /** What it is worth, and how large it is, once that is known. */
  score: string | null;
  bytes: number | null;
  /** Of the .tflite that the bars are parts of. */
  plainBytes: number | null;
  state?: 'done' | 'running' | 'waiting';
}

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
export function deploymentTree(nodes: readonly TreeNode[]): Html {
  const largest = Math.max(1, ...nodes.map(({ plainBytes }) => plainBytes ?? 0));
  const names = new Set(nodes.map(({ name }) => name));
  const branch = (parent: string | null): Html | null => {
    const children = nodes.filter(({ from }) => (from !== null && names.has(from) ? from : null) === parent);
    if (children.length === 0) return null;
    return html`<ul>${children.map((node) => html`<li>${box(node, largest)}${branch(node.name)}</li>\n`)}</ul>`;
  };
  return html`<div class="scroll tree" tabindex="0" role="region" aria-label="Deployment tree">${branch(null)}</div>`;
}

export function nodesOf(stages: readonly ReportStage[]): TreeNode[] {
  return stages.map(({ name, from, constraints, accuracyInt8, mseInt8, wfzBytes, bytes }) => ({
    name,
    from,
    constraints,
    score: accuracyInt8 === null ? `MSE ${significant(mseInt8) ?? '–'}` : `${decimal(accuracyInt8, 2)} %`,
    bytes: wfzBytes,
    plainBytes: bytes,
  }));
}

function box(
  { name, constraints, score, bytes, plainBytes, state = 'done' }: TreeNode,
  largest: number,
): Html {
  const does = constraints.map((type) => words[type] ?? type).join(' + ') || 'float, trained';
  // Not by a style: the page's policy lets in no style but its own.
  const bar = (value: number | null) =>
    html`<rect width="${((100 * (value ?? 0)) / largest).toFixed(1)}%" height="4" rx="2"/>`;
  return html`<div class="node ${state}"><strong>${name}</strong> <span class="score">${score ?? state}</span>
<span class="does">${does}</span> <span class="bytes">${bytes !== null && `${decimal(bytes / 1000, 1)} kB`}</span>
<svg class="bar" aria-hidden="true">${bar(plainBytes)}${bar(bytes)}</svg></div>`;
}
