import type { ModelDifference } from '@weightfold/bench/diff';
import type { Command } from 'commander';
import { readInputFile } from '../files.js';
import { examples } from '../options.js';
import type { Act } from '../registry.js';
import type { Result, Session } from '../session.js';
import { integer, keyValues, percent, shortName, textTable } from '../table.js';

interface DiffOptions {
  exitCode?: boolean;
}

export function diffVerb(program: Command, act: Act): Command {
  const command = program
    .command('diff')
    .summary('what differs between two models, layer by layer')
    .description(
      'Compares two .tflite or .wfz: operators and shapes, quantization, weights (change, zeros gained and lost, distinct ' +
        'codes), sizes. Weights are paired by name, else by operator and shape in their order.',
    )
    .argument('<a>', 'a .tflite or .wfz')
    .argument('<b>', 'a .tflite or .wfz')
    .option('--exit-code', 'end with exit code 3 when the models differ')
    .action(act(diff));
  return examples(
    command,
    'weightfold diff model.tflite model.wfz',
    'weightfold diff float.tflite model.tflite --json',
  );
}

async function diff(session: Session, a: string, b: string, options: DiffOptions): Promise<Result> {
  const [left, right] = [readInputFile(a), readInputFile(b)];
  const { diffModels } = await import('@weightfold/bench/diff');
  const difference = diffModels(left, right, [a, b]);
  const changed = difference.tensors.filter(({ identical }) => !identical);
  const shown = session.verbose ? difference.tensors : changed;
  const parts = [summary(a, b, difference)];
  if (difference.structure.length > 0) parts.push(structure(difference, session.verbose));
  if (shown.length > 0) parts.push(table(shown));
  return {
    document: { a, b, ...difference },
    text: parts.join('\n\n'),
    ...(options.exitCode && !difference.identical ? { exitCode: 3 } : {}),
  };
}

function summary(a: string, b: string, difference: ModelDifference): string {
  const { identical, sameBytes, bytes, weightBytes, tensors } = difference;
  const changed = tensors.filter((tensor) => !tensor.identical).length;
  const verdict = sameBytes
    ? 'the same bytes'
    : identical
      ? 'the same model in another layout'
      : tensors.length === 0
        ? 'different networks: no weights could be paired'
        : `${changed} of ${tensors.length} paired weight tensors differ`;
  const size = (before: number, after: number) =>
    `${integer(before)} → ${integer(after)} (${after >= before ? '+' : ''}${integer(after - before)})`;
  const rows: [string, string][] = [
    ['a', a],
    ['b', b],
    ['bytes', size(...bytes)],
    ['weights', `${size(...weightBytes)} bytes`],
    ['verdict', verdict],
  ];
  return keyValues(rows, 8);
}

/** As many lines as are read at once, all with -v. */
const shortList = 12;

function structure({ structure: all }: ModelDifference, verbose: boolean): string {
  const lines = all.flatMap(({ where, a, b }) => [
    where,
    ...(a === null ? [] : [`  - ${a}`]),
    ...(b === null ? [] : [`  + ${b}`]),
  ]);
  const most = verbose ? lines.length : 3 * shortList;
  const rest = lines.length > most ? [`… ${all.length} differences in all (-v shows them)`] : [];
  return [...lines.slice(0, most), ...rest].join('\n');
}

function table(tensors: ModelDifference['tensors']): string {
  const right = (head: string) => ({ head, align: 'right' as const });
  const pair = <T>([before, after]: [T, T], text: (value: T) => string | null) =>
    text(before) === text(after) ? text(before) : `${text(before)} → ${text(after)}`;
  const figure = (value: number | null) => (value === null ? '–' : value === 0 ? '0' : value.toPrecision(3));
  return textTable(
    [
      { head: 'weights', cut: true },
      { head: 'dtype' },
      ...['max change', 'mean', 'scale', 'zeros', 'gained', 'lost', 'codes'].map(right),
    ],
    tensors.map((tensor) => [
      shortName(tensor.name),
      pair(tensor.dtype, String),
      figure(tensor.maxChange),
      figure(tensor.meanChange),
      tensor.scaleChange === null ? '–' : percent(tensor.scaleChange),
      pair(tensor.zeroFraction, percent),
      integer(tensor.zerosGained),
      integer(tensor.zerosLost),
      pair(tensor.distinct, integer),
    ]),
  );
}
