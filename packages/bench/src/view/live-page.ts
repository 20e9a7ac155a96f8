import { duration } from '@weightfold/base';
import { objectiveOf } from '@weightfold/optimizer/config';
import { decimal, integer, percent, significant } from '../report/format.js';
import { type Html, html } from '../report/html.js';
import type { Section } from '../report/page.js';
import { type DataTable, tableHtml } from '../report/table.js';
import { trainingCurves } from '../report/training.js';
import { deploymentTree } from '../report/tree.js';
import type { RunState, StageState } from './run-state.js';

export const liveTitle = ({ config }: RunState): string =>
  `${config.model.name} on ${typeof config.dataset === 'string' ? config.dataset : config.dataset.name}`;

/**
 * What is at the top: how it stands, in words that screen readers tell when they change, and in figures.
 * @param report where the report of the finished run is
 */
export function liveIntro(run: RunState, report: string): Html {
  return html`<p class="status ${run.status}" role="status">${standing(run)}</p>
${run.status === 'finished' && html`<p><a href="${report}">The report</a> has all figures.</p>`}
${run.status === 'running' && run.now && progress(run)}`;
}

function standing({ status, stages, current }: RunState): string {
  const done = stages.filter(({ state }) => state === 'done').length;
  const part = `${done} of ${stages.length} stages are done`;
  if (status === 'finished') return `Finished: all ${stages.length} stages are done.`;
  if (status === 'stopped') return `Stopped: ${part}. The same command goes on from here.`;
  if (current === null) return 'Starting.';
  const trained = stages.some(({ spec, state }) => spec.name === current && state === 'done');
  return `Running: ${current} ${trained ? 'is trained and being measured' : 'is being trained'}; ${part}.`;
}

function progress({ now }: RunState): Html {
  const { stage, step = 0, steps = 0, loss, distilled, rate } = now!;
  const { accuracy, zeroFraction, etaSeconds, runEtaSeconds } = now!;
  const figure = (name: string, value: string | null) =>
    value !== null && html`<div><dt>${name}</dt><dd><b>${value}</b></dd></div>`;
  return html`<progress max="${steps}" value="${step}" aria-label="Steps of ${stage}"></progress>
<dl class="key">
${figure('step', `${integer(step)} / ${integer(steps)}`)}
${figure(distilled ? 'loss (distilled)' : 'loss', loss === undefined ? null : decimal(loss, 4))}
${figure('accuracy', accuracy === undefined ? null : `${decimal(accuracy, 1)} %`)}
${figure('pruned', zeroFraction === undefined ? null : percent(zeroFraction))}
${figure('lambda', rate ? rate.lambda.toPrecision(3) : null)}
${figure('bits a weight', rate ? decimal(rate.bitsPerWeight, 2) : null)}
${figure('bytes, about', rate?.targetBytes ? `${integer(rate.bytes)} of ${integer(rate.targetBytes)}` : null)}
${figure('this stage needs', etaSeconds === undefined ? null : duration(etaSeconds))}
${figure('training in all', runEtaSeconds === undefined ? null : duration(runEtaSeconds))}
</dl>`;
}

export function liveSections(run: RunState): Section[] {
  const loss = objectiveOf(run.config.model) === 'reconstruction' ? 'Mean squared error' : 'Cross-entropy';
  const curves = trainingCurves(run.training, run.trainings, loss);
  return [
    {
      title: 'Stages',
      body: html`${deploymentTree(run.stages.map(nodeOf))}${tableHtml(finishedTable(run.stages))}`,
    },
    {
      title: 'Training',
      body:
        curves.length > 0 ? html`<div class="charts">${curves}</div>` : html`<p>No step was logged yet.</p>`,
    },
    {
      title: 'Log',
      body: html`<ol class="log" reversed>${run.log.map(({ time, text }) => html`<li><time>${time.slice(11, 19)}</time> ${text}</li>`)}</ol>`,
    },
  ];
}

const percentText = (accuracy: number | null | undefined) =>
  accuracy == null ? null : `${decimal(accuracy, 2)} %`;

function nodeOf({ spec, state, end, bytes, measured }: StageState) {
  const int8 = measured && (percentText(measured.accuracyInt8) ?? significant(measured.mseInt8));
  return {
    name: spec.name,
    from: spec.from,
    constraints: spec.constraints.map(({ type }) => type),
    score: int8 ?? (state === 'done' ? percentText(end?.accuracy) : null),
    bytes: measured?.wfzBytes ?? null,
    plainBytes: bytes,
    state,
  };
}

function finishedTable(stages: StageState[]): DataTable {
  return {
    caption: 'Results by stage',
    heads: ['stage', 'state', 'float', 'int8', 'zeros', '.tflite bytes', '→ zipped', '.wfz bytes'],
    rows: stages.map(({ spec, state, end, bytes, measured }) => [
      spec.name,
      state,
      percentText(end?.accuracy) ?? significant(end?.mse),
      percentText(measured?.accuracyInt8) ?? significant(measured?.mseInt8),
      percent(end?.zeroFraction),
      integer(bytes),
      integer(measured?.zipBytes),
      integer(measured?.wfzBytes),
    ]),
    words: [1],
  };
}
