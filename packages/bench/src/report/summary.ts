import type { ReportDocument, ReportStage } from './document.js';
import { decimal, integer, percent, signed, significant } from './format.js';
import { type Html, html } from './html.js';

/** The run in one sentence: what became of the last stage. */
export function summarySentence({ stages }: Pick<ReportDocument, 'stages'>): string {
  const [first, last] = [stages[0]!, stages.at(-1)!];
  return (
    `${last.name}: ${worth(first, last)}, with ${percent(last.zeroFraction)} zeros in layers that are not depthwise and at most ` +
    `${last.maxDistinct} distinct codes in a clustered layer. ${integer(last.bytes)} bytes become ` +
    `${integer(last.wfzBytes)} (${percent(last.wfzCompression)} smaller; zipped ${integer(last.zipBytes)}).`
  );
}

/** The last stage's score beside that of the float base. */
function worth(first: ReportStage, last: ReportStage): string {
  if (last.accuracyInt8 === null || first.accuracyFloat === null)
    return `${significant(last.mseInt8)} int8 mean squared error (float base: ${significant(first.mseFloat)})`;
  const drop = first.accuracyFloat - last.accuracyInt8;
  const points = `${Math.abs(drop).toFixed(2)} points ${drop >= 0 ? 'below' : 'above'} the float base`;
  return `${last.accuracyInt8.toFixed(2)} % int8 top-1, ${points}`;
}

/** The figures of the last stage, large. */
export function keyFigures({ stages }: ReportDocument): Html {
  const [first, last] = [stages[0]!, stages.at(-1)!];
  return html`<dl class="key" aria-label="Figures of ${last.name}">
${score(first, last)}
${key('packed', integer(last.wfzBytes)!, 'bytes', `of ${integer(last.bytes)} in the .tflite; zip makes ${integer(last.zipBytes)} of it`)}
${key('smaller', percent(last.wfzCompression)!.replace(' %', ''), '%', `${decimal(last.bytes / last.wfzBytes, 2)} times; zip ${percent(last.zipCompression)}`)}
${last.medianUs === null ? key('one inference', '–', '', 'emulated: no time') : key('one inference', decimal(last.medianUs, 1)!, 'µs', speed(last))}
</dl>`;
}

function key(name: string, value: string, unit: string, more: string): Html {
  return html`<div><dt>${name}</dt><dd><b>${value}</b> ${unit}<small>${more}</small></dd></div>`;
}

function score(first: ReportStage, last: ReportStage): Html {
  const { accuracyInt8: int8, mseInt8 } = last;
  if (int8 === null || first.accuracyFloat === null)
    return key(
      'int8 error',
      significant(mseInt8) ?? '–',
      '',
      `float base ${significant(first.mseFloat) ?? '–'}`,
    );
  const change = signed(int8 - first.accuracyFloat, 2);
  const more = `${change} points beside the float base, ${decimal(first.accuracyFloat, 2)} %`;
  return key('int8 top-1', int8.toFixed(2), '%', more);
}

function speed({ litertMedianUs, isa, trusted }: ReportStage): string {
  const rival = litertMedianUs === null ? '' : `, LiteRT ${decimal(litertMedianUs, 1)} µs`;
  return `median, ${isa}${rival}${trusted ? '' : '; not to be trusted'}`;
}
