import { type Command, Option } from 'commander';
import { examples, type Rounding, required, roundingModes, threadsHelp, wholeNumber } from '../options.js';
import { profileHelp, profileTable } from '../profile.js';
import type { Act } from '../registry.js';
import type { Result, Session } from '../session.js';
import { decimal, integer } from '../table.js';

interface EvalOptions {
  data?: string;
  dir?: string;
  metric: 'accuracy' | 'mse';
  limit?: number;
  threads?: number;
  rounding: Rounding;
  profile?: boolean;
}

export function evalVerb(program: Command, act: Act): Command {
  const command = program
    .command('eval')
    .summary('accuracy or error of a model on a test set')
    .description(
      'Runs a .tflite or .wfz with the native kernels over a test set and counts how often the largest output is the label. ' +
        'With --metric mse: how far the output is from the input, for autoencoders.',
    )
    .argument('<model>', 'a .tflite or .wfz')
    .option(
      '--data <name|X.npy,Y.npy>',
      'a known data set, or a file of inputs and one of labels (--metric mse: inputs alone)',
    )
    .option('--dir <folder>', 'where the data set is kept (default: the cache folder)')
    .addOption(
      new Option('--metric <name>', 'what is measured').choices(['accuracy', 'mse']).default('accuracy'),
    )
    .option('--limit <n>', 'use the first N examples only', wholeNumber(1))
    .option('--threads <n>', threadsHelp, wholeNumber(1))
    .addOption(
      new Option('--rounding <mode>', 'rounding of the int8 kernels').choices(roundingModes).default('tflm'),
    )
    .option('--profile', `${profileHelp}, on an input of zeros`)
    .action(act(evaluate));
  return examples(
    command,
    'weightfold eval model.wfz --data fashion-mnist --limit 1000',
    'weightfold eval model.tflite --data x.npy,y.npy --json',
    'weightfold eval autoencoder.tflite --data x.npy --metric mse',
  );
}

async function evaluate(session: Session, source: string, options: EvalOptions): Promise<Result> {
  const data = required(options.data, '--data <name|X.npy,Y.npy>');
  const { loadData } = await import('../data.js');
  const { scoreModel } = await import('@weightfold/bench/evaluate');
  const { Model } = await import('@weightfold/runtime-native');
  const { limit, metric, threads, rounding } = options;
  const loading = { rounding, ...(threads === undefined ? {} : { threads }) };
  const model = Model.load(source, loading); // before data that may have to be downloaded
  const profile = options.profile ? (await import('@weightfold/bench/profile')).profileModel(model) : null;
  model.dispose();
  const split = await loadData(session, data, options.dir, options.metric === 'accuracy');
  const objective = metric === 'mse' ? 'reconstruction' : 'classification';
  const { accuracy, mse, samples } = scoreModel(source, split, objective, {
    ...loading,
    ...(limit === undefined ? {} : { limit }),
  });
  const score =
    mse === null ? `accuracy ${decimal(accuracy, 2)} %` : `mean squared error ${mse.toPrecision(4)}`;
  return {
    document: { model: source, data, accuracy, mse, samples, rounding, ...(profile && { profile }) },
    text: [
      `${score} of ${integer(samples)} examples (${data})`,
      ...(profile ? [profileTable(profile)] : []),
    ].join('\n\n'),
  };
}
