import type { MeasuredStage } from '../pipeline/run.js';
import { escapeHtml } from './html.js';

/** Mean bits of a weight over all layers, by the order-0 entropy of each layer's codes in the file. */
export function bitsPerWeight({ layers }: Pick<MeasuredStage, 'layers'>): number {
  const bits = layers.reduce((sum, { elements, entropyBits }) => sum + elements * entropyBits, 0);
  return bits / layers.reduce((sum, { elements }) => sum + elements, 0);
}

/** Bits of a weight in each layer, a column per stage: where the rate went. */
export function bitsTable(stages: MeasuredStage[]): string {
  const head = stages.map(({ name }) => `<th scope="col">${escapeHtml(name)}</th>`).join('');
  const rows = stages[0]!.layers.map(({ name, elements }, i) => {
    const cells = stages.map(({ layers }) => `<td>${layers[i]?.entropyBits.toFixed(2) ?? '–'}</td>`).join('');
    const layer = escapeHtml(name.replace(/\/weights$/, ''));
    return `<tr><th scope="row">${layer}</th><td>${elements.toLocaleString('en')}</td>${cells}</tr>`;
  });
  return `<div class="scroll" tabindex="0" role="region" aria-label="Bits per weight"><table>
<caption>Bits per weight of each layer, by the entropy of its codes</caption>
<thead><tr><th scope="col">layer</th><th scope="col">weights</th>${head}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody></table></div>`;
}
