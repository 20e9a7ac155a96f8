import type { ProgressEvent } from '@weightfold/optimizer';

/** Prints events of training on standard error, steps every five seconds. */
export function progressLines(): (event: ProgressEvent) => void {
  let shown = 0;
  return ({ type, stage, step, steps, loss, accuracy, message }) => {
    if (type === 'step' && Date.now() - shown < 5000) return;
    shown = Date.now();
    const figures = [
      step && `${step}/${steps}`,
      loss !== undefined && `loss ${loss.toFixed(4)}`,
      accuracy !== undefined && `${accuracy.toFixed(2)} %`,
    ];
    console.error(message ?? [type, stage, ...figures].filter(Boolean).join(' '));
  };
}
