import * as Plot from '@observablehq/plot';
import { frame, xAxis, yAxis } from './axes.js';
import type { ReportDocument, ReportStage } from './document.js';
import { decimal, integer } from './format.js';
import type { Html } from './html.js';
import { pointLabels } from './labels.js';
import { figure } from './plot.js';

/** Bytes and accuracy that each training of a search for the smallest file came to; null when there was no search. */
export function rateFigure({ attempts }: Pick<ReportDocument, 'attempts'>): Html | null {
  const trained = attempts.filter((one) => one.accuracyValidation !== null);
  if (trained.length === 0) return null;
  const least = [...new Set(trained.map(({ leastAccuracy }) => leastAccuracy))];
  const at = { x: ({ bytes }: { bytes: number }) => bytes / 1000, y: 'accuracyValidation' };
  const byBytes = [...trained].sort((a, b) => a.bytes - b.bytes);
  const draw = ({ narrow }: { narrow: boolean }): Plot.PlotOptions => ({
    ...frame(narrow),
    x: { ...xAxis('.wfz (kB)', narrow), nice: true, grid: true },
    y: { ...yAxis('top-1 on held-out examples (%)'), inset: 12 },
    marks: [
      Plot.ruleY(least, { className: 'limit' }),
      Plot.line(byBytes, { ...at, className: 'front' }),
      Plot.dot(trained, { ...at, r: 5, className: 'ours', filter: 'accepted' }),
      Plot.dot(trained, {
        ...at,
        r: 5,
        className: 'rival',
        filter: ({ accepted }: { accepted: boolean }) => !accepted,
      }),
      pointLabels(trained, {
        x: ({ bytes }) => bytes / 1000,
        y: ({ accuracyValidation }) => accuracyValidation!,
        text: ({ name, stage }) => name.replace(`${stage}-try-`, ''),
      }),
    ],
  });
  return figure({
    label: `Accuracy on held-out examples over packed bytes of ${trained.length} trainings`,
    caption:
      'The trainings of the search by their numbers: filled where the accuracy on held-out training examples is above the limit (dashed).',
    draw,
    table: {
      caption: 'Trainings of the search',
      heads: ['training', '.wfz bytes', 'held-out top-1 %', 'needed %', 'good enough'],
      rows: attempts.map(({ name, bytes, accuracyValidation, leastAccuracy, accepted }) => [
        name,
        integer(bytes),
        decimal(accuracyValidation, 2),
        decimal(leastAccuracy, 2),
        accepted ? 'yes' : 'no',
      ]),
      words: [4],
    },
  });
}

/** Accuracy over the bits of a weight, of stages that were trained at several rates; null when there are not two of them. */
export function codedFigure(stages: ReportStage[]): Html | null {
  const coded = stages.filter(({ lambda, accuracyInt8 }) => lambda !== null && accuracyInt8 !== null);
  if (coded.length < 2) return null;
  const at = { x: 'bitsPerWeight', y: 'accuracyInt8' } as const;
  const byRate = [...coded].sort((a, b) => a.bitsPerWeight - b.bitsPerWeight);
  const draw = ({ narrow }: { narrow: boolean }): Plot.PlotOptions => ({
    ...frame(narrow),
    x: { ...xAxis('bits per weight', narrow), nice: true, grid: true },
    y: { ...yAxis('int8 top-1 (%)'), inset: 12 },
    marks: [
      Plot.line(byRate, { ...at, className: 'front' }),
      Plot.dot(coded, { ...at, r: 5, className: 'ours' }),
      pointLabels(coded, {
        x: ({ bitsPerWeight }) => bitsPerWeight,
        y: ({ accuracyInt8 }) => accuracyInt8!,
        text: ({ name }) => name,
      }),
    ],
  });
  return figure({
    label: `int8 top-1 over bits per weight of ${coded.length} coded stages`,
    caption:
      'Accuracy of coded stages over their rates: the bits of a weight by the entropy of its layer’s codes.',
    draw,
    table: {
      caption: 'Coded stages by their rates',
      heads: ['stage', 'lambda', 'bits per weight', '.wfz bytes', 'int8 top-1 %'],
      rows: coded.map(({ name, lambda, bitsPerWeight, wfzBytes, accuracyInt8 }) => [
        name,
        decimal(lambda, 4),
        decimal(bitsPerWeight, 2),
        integer(wfzBytes),
        decimal(accuracyInt8, 2),
      ]),
    },
  });
}
