import * as Plot from '@observablehq/plot';
import type { ReportDocument } from './document.js';
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
    height: narrow ? 280 : 320,
    marginLeft: 44,
    marginRight: narrow ? 24 : 60,
    marginTop: 26,
    marginBottom: 40,
    x: {
      label: '.wfz (kB)',
      labelArrow: 'none',
      labelAnchor: 'right',
      grid: true,
      nice: true,
      ticks: narrow ? 4 : 8,
    },
    y: {
      label: 'top-1 on held-out examples (%)',
      labelArrow: 'none',
      grid: true,
      nice: true,
      ticks: 5,
      inset: 12,
    },
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
        text: ({ name, stage }) => name.replace(`${stage}-try-`, 'training '),
      }),
    ],
  });
  return figure({
    label: `Accuracy on held-out examples over packed bytes of ${trained.length} trainings`,
    caption:
      'Each training of the search: filled where the accuracy on held-out training examples is above the limit (dashed).',
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
