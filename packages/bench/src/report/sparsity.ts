import type { ReportStage } from './document.js';
import { decimal, integer, percent } from './format.js';

type Stage = Pick<ReportStage, 'name' | 'zeroFraction' | 'medianUs' | 'wfzBytes' | 'trusted'>;

/** Zeros that a stage has beyond those of the dense one, as a part of its weights, to count as sparse. */
const leastZeros = 0.1;
/** Stages are measured one after the other: less than this may be the machine. */
const leastGain = 1.05;

/**
 * What zeros gain beside the first stage, by what was measured: size, and time or not. Null where no stage has many more of them.
 */
export function sparsityRemark([dense, ...others]: readonly Stage[]): string | null {
  const sparse = others.filter(({ zeroFraction }) => zeroFraction >= dense!.zeroFraction + leastZeros);
  if (sparse.length === 0) return null;
  const faster = sparse.filter(({ medianUs }) => dense!.medianUs / medianUs >= leastGain);
  const slower = sparse.filter((stage) => !faster.includes(stage));
  const doubt = [dense!, ...sparse].every(({ trusted }) => trusted)
    ? ''
    : ' The machine was busy while some of this was measured, so times may tell wrongly.';
  const sentences = [
    slower.length > 0 &&
      `Zeros are a gain in size only in ${slower.map(gain).join(', ')}: no faster than ${dense!.name}, which has ${percent(dense!.zeroFraction, 0)} zeros, ${integer(dense!.wfzBytes)} bytes packed and takes ${decimal(dense!.medianUs, 1)} µs.`,
    faster.length > 0 &&
      `${slower.length > 0 ? 'Faster as well are' : `Beside ${dense!.name} (${decimal(dense!.medianUs, 1)} µs) smaller and faster are`} ${faster.map(gain).join(', ')}.`,
  ];
  return `${sentences.filter(Boolean).join(' ')}${doubt}`;
}

/** A stage with its zeros, size and time. */
function gain({ name, zeroFraction, medianUs, wfzBytes }: Stage): string {
  return `${name} (${percent(zeroFraction, 0)} zeros, ${integer(wfzBytes)} bytes, ${decimal(medianUs, 1)} µs)`;
}
