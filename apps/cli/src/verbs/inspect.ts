import { namingFile } from '@weightfold/base';
import type { Inspection } from '@weightfold/bench/inspect';
import type { Command } from 'commander';
import { readInputFile } from '../files.js';
import { examples } from '../options.js';
import { packedTable } from '../packing/inspect.js';
import type { Act } from '../registry.js';
import type { Result, Session } from '../session.js';
import { decimal, integer, keyValues, percent, shortName, textTable } from '../table.js';

export function inspectVerb(program: Command, act: Act): Command {
  const command = program
    .command('inspect')
    .summary('what is in a model: ops, weights, zeros, distinct codes, bytes')
    .description(
      'Shows ops, weights, quantization, MACs, bytes, zeros relative to the zero point, distinct codes and entropy ' +
        'of a .tflite or .wfz, and the arena that the runtime would need; of a .wfz also how it is packed. Needs no native ' +
        'addon. -v adds every op, and every block of a .wfz.',
    )
    .argument('<model>', 'a .tflite or .wfz')
    .action(act(inspect));
  return examples(command, 'weightfold inspect model.tflite', 'weightfold inspect model.wfz --json');
}

async function inspect(session: Session, source: string): Promise<Result> {
  const bytes = readInputFile(source);
  const { inspectModel } = await import('@weightfold/bench/inspect');
  const model = namingFile(source, () => inspectModel(bytes));
  const parts = [summary(source, model), endpoints(model), weights(model)];
  if (model.packed) parts.push(packedTable(model.packed, session.verbose));
  if (session.verbose) parts.push(ops(model));
  return { document: { model: source, ...model }, text: parts.join('\n\n') };
}

function summary(source: string, model: Inspection): string {
  const counts = new Map<string, number>();
  for (const { op } of model.ops) counts.set(op, (counts.get(op) ?? 0) + 1);
  const packed = model.bytes === model.tfliteBytes ? '' : ` (${integer(model.tfliteBytes)} unpacked)`;
  const arena =
    model.arenaBytes === null
      ? `not known: ${model.arenaNote?.replace(/ \(expected.*/, '')}`
      : `${integer(model.arenaBytes)} bytes, ${integer(model.arenaLiveBytes)} of them needed at once`;
  const rows: [string, string][] = [
    ['model', source],
    ['bytes', `${integer(model.bytes)}${packed}`],
    ['', bytesByKind(model)],
    ['parameters', integer(model.parameters)!],
    ['weights', weightSummary(model)],
    ['MACs', integer(model.macs)!],
    ['arena', arena],
    ['ops', [...counts].map(([op, count]) => `${count}× ${op}`).join(', ')],
  ];
  return keyValues(rows, 10);
}

function bytesByKind({ totals }: Inspection): string {
  const { weightBytes, otherConstantBytes, structureBytes } = totals;
  return `${integer(weightBytes)} weights, ${integer(otherConstantBytes)} biases and other constants, ${integer(structureBytes)} structure`;
}

function weightSummary({ totals, tensors }: Inspection): string {
  const types = Object.entries(totals.weightsByDtype).map(([dtype, count]) => `${integer(count)} ${dtype}`);
  const clustered =
    totals.clusteredTensors === 0
      ? 'none clustered'
      : `${totals.clusteredTensors} of ${tensors.length} tensors clustered, with at most ${totals.maxDistinct} codes`;
  return `${types.join(', ') || 'none'}; ${percent(totals.zeroFraction)} zeros in all; ${clustered}`;
}

function endpoints({ inputs, outputs }: Inspection): string {
  const row = (kind: string) => (tensor: Inspection['inputs'][number]) => [
    kind,
    shortName(tensor.name),
    tensor.shape.join('×'),
    tensor.dtype,
    decimal(tensor.scale, 8),
    integer(tensor.zeroPoint),
  ];
  return textTable(
    ['', 'tensor', 'shape', 'dtype', 'scale', 'zero point'].map((head) => ({ head, cut: head === 'tensor' })),
    [...inputs.map(row('input')), ...outputs.map(row('output'))],
  );
}

function weights({ tensors }: Inspection): string {
  const patterned = tensors.some(({ patterns }) => patterns.length > 0);
  const right = (head: string) => ({ head, align: 'right' as const });
  return textTable(
    [
      { head: 'weights', cut: true },
      { head: 'op' },
      { head: 'shape' },
      { head: 'dtype' },
      ...['elements', 'zeros', 'codes', 'per channel', 'bits'].map(right),
      ...(patterned ? [{ head: 'patterns' }] : []),
    ],
    tensors.map((tensor) => [
      shortName(tensor.name),
      tensor.op,
      tensor.shape.join('×'),
      tensor.dtype,
      integer(tensor.elements),
      percent(tensor.zeroFraction),
      integer(tensor.distinct),
      integer(tensor.distinctPerChannelMax),
      decimal(tensor.entropyBits, 2),
      ...(patterned ? [tensor.patterns.join(' ') || '–'] : []),
    ]),
  );
}

function ops(model: Inspection): string {
  const right = (head: string) => ({ head, align: 'right' as const });
  return textTable(
    [
      right('#'),
      { head: 'op' },
      { head: 'output', cut: true },
      { head: 'dtype' },
      right('MACs'),
      right('parameters'),
      { head: 'settings' },
    ],
    model.ops.map(({ index, op, outputs, macs, parameters, options }) => [
      index,
      op,
      outputs.map((tensor) => tensor.shape.join('×')).join(', '),
      outputs.map((tensor) => tensor.dtype).join(', '),
      integer(macs),
      integer(parameters),
      settings(options),
    ]),
  );
}

/** `SAME stride 2×2 RELU6`; what is at 1 is left out. */
function settings({
  padding,
  strideH = 1,
  strideW = 1,
  dilationHFactor,
  dilationWFactor,
  ...options
}: Options): string {
  const strides = strideH === 1 && strideW === 1 ? '' : `stride ${strideH}×${strideW}`;
  const dilated = Number(dilationHFactor ?? 1) > 1 || Number(dilationWFactor ?? 1) > 1;
  const dilation = dilated ? `dilation ${dilationHFactor}×${dilationWFactor}` : '';
  const filter = 'filterHeight' in options ? `${options.filterHeight}×${options.filterWidth}` : '';
  return [padding, filter, strides, dilation, options.fusedActivationFunction].filter(Boolean).join(' ');
}

type Options = Inspection['ops'][number]['options'];
