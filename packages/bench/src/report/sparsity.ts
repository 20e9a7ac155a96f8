import type { ReportStage } from './document.js';
import { decimal, integer, percent } from './format.js';
import type { DataTable } from './table.js';

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
export function sparsityTable([dense, ...others]: readonly Stage[]): DataTable | null {
  const sparse = others.filter(
    ({ zeroFraction, wfzBytes }) =>
      zeroFraction >= dense!.zeroFraction + leastZeros && wfzBytes < dense!.wfzBytes,
  );
  if (sparse.length === 0) return null;
  const by = dense!.litertMedianUs === null ? '' : ', time by the ratio to LiteRT';
  return {
    caption: `What zeros gain beside ${dense!.name}${by}`,
    heads: ['stage', 'zeros gain', 'zeros', '.wfz bytes', 'µs', 'LiteRT µs'],
    rows: [row(dense!, null), ...sparse.map((stage) => row(stage, gains[verdictOf(stage, dense!)]))],
    words: [1],
  };
}

type Verdict = 'size' | 'both' | 'unknown';

const gains: Record<Verdict, string> = {
  size: 'size only',
  both: 'size and time',
  unknown: 'size; time is not to be trusted',
};

function verdictOf(stage: Stage, dense: Stage): Verdict {
  if (stage.medianUs === null || dense.medianUs === null) return 'unknown';
  const [now, before] = [relative(stage), relative(dense)];
  const beside = now !== null && before !== null;
  const gain = beside ? before / now : dense.medianUs / stage.medianUs;
  // Times that are not to be trusted may swing by more than that: no gain is told of them.
  if (!stage.trusted || !dense.trusted) return beside && gain < leastGain ? 'size' : 'unknown';
  return gain >= leastGain ? 'both' : 'size';
}

/** Our time as a part of LiteRT's in the same rounds. */
const relative = ({ medianUs, litertMedianUs }: Stage) =>
  medianUs === null || litertMedianUs === null ? null : medianUs / litertMedianUs;

const row = (
  { name, zeroFraction, wfzBytes, medianUs, litertMedianUs }: Stage,
  gain: string | null,
): DataTable['rows'][number] => [
  name,
  gain,
  percent(zeroFraction, 0),
  integer(wfzBytes),
  decimal(medianUs, 1),
  decimal(litertMedianUs, 1),
];
