import type { ReportStage } from './document.js';
import { decimal, integer, percent } from './format.js';

type Stage = Pick<
  ReportStage,
  'name' | 'zeroFraction' | 'medianUs' | 'litertMedianUs' | 'wfzBytes' | 'trusted'
>;

/** Zeros that a stage has beyond those of the dense one, as a part of its weights, to count as sparse. */
const leastZeros = 0.1;
/** Stages are measured one after the other: less than this may be the machine. */
const leastGain = 1.05;

/**
 * What zeros gain beside the first stage, by what was measured: size, and time or not. Stages are measured at different times, but each in
 * alternation with LiteRT, whose kernels know no zeros: where it was measured, the ratio to it is compared.
 * @returns null where no stage has many more zeros than the first, and is smaller
 */
export function sparsityRemark([dense, ...others]: readonly Stage[]): string | null {
  const sparse = others.filter(
    ({ zeroFraction, wfzBytes }) =>
      zeroFraction >= dense!.zeroFraction + leastZeros && wfzBytes < dense!.wfzBytes,
  );
  if (sparse.length === 0) return null;
  const found = { only: [] as Stage[], faster: [] as Stage[], unknown: [] as Stage[] };
  for (const stage of sparse) found[verdictOf(stage, dense!)].push(stage);
  const sentences = [
    found.only.length > 0 && `Zeros are a gain in size only in ${list(found.only)}`,
    found.faster.length > 0 && `Zeros gain size and time in ${list(found.faster)}`,
    found.unknown.length > 0 &&
      `Zeros gain size in ${list(found.unknown)}; whether time as well cannot be told, because not all times are to be trusted`,
  ].filter((sentence) => sentence !== false);
  return `${sentences.join('. ')}. Compared with ${told(dense!)}${dense!.litertMedianUs === null ? '' : ', by the ratio to LiteRT'}.`;
}

function verdictOf(stage: Stage, dense: Stage): 'only' | 'faster' | 'unknown' {
  const [now, before] = [relative(stage), relative(dense)];
  const beside = now !== null && before !== null;
  const gain = beside ? before / now : dense.medianUs / stage.medianUs;
  // Times that are not to be trusted may swing by more than that: no gain is told of them.
  if (!stage.trusted || !dense.trusted) return beside && gain < leastGain ? 'only' : 'unknown';
  return gain >= leastGain ? 'faster' : 'only';
}

/** Our time as a part of LiteRT's in the same rounds. */
const relative = ({ medianUs, litertMedianUs }: Stage) =>
  litertMedianUs === null ? null : medianUs / litertMedianUs;

const list = (stages: Stage[]) => stages.map(told).join(', ');

/** A stage with its zeros, size and time. */
function told({ name, zeroFraction, medianUs, litertMedianUs, wfzBytes }: Stage): string {
  const rival = litertMedianUs === null ? '' : ` beside LiteRT’s ${decimal(litertMedianUs, 1)}`;
  return `${name} (${percent(zeroFraction, 0)} zeros, ${integer(wfzBytes)} bytes, ${decimal(medianUs, 1)} µs${rival})`;
}
