import { UsageError } from '@weightfold/base';
import { type Dataset, exampleSize, type Split } from '@weightfold/datasets';

/**
 * Checks that the splits of a data set hold as many values and labels as they say, of one shape, and classes that are there.
 * @throws UsageError naming split and example
 */
export function checkDataset({ name, classes, train, test }: Dataset): void {
  const splits: [string, Split][] = [
    [`${name}, train`, train],
    [`${name}, test`, test],
  ];
  for (const [where, split] of splits) {
    const { count, shape, x, y } = split;
    if (count < 1) throw unfit(where, 'at least one example', `${count}`);
    if (String(shape) !== String(train.shape))
      throw unfit(where, `examples of shape [${train.shape}], as those of training`, `[${shape}]`);
    const values = count * exampleSize(split);
    if (x.length !== values)
      throw unfit(where, `${values} values, ${count} examples of shape [${shape}],`, `${x.length}`);
    if (y.length !== count) throw unfit(where, `${count} labels`, `${y.length}`);
    const wrong = y.findIndex((label) => label < 0 || label >= classes);
    if (wrong >= 0 && classes > 1)
      throw unfit(`${where}, example ${wrong}`, `a class from 0 to ${classes - 1}`, `${y[wrong]}`);
  }
}

function unfit(where: string, expected: string, received: string): UsageError {
  return new UsageError(`${where}: expected ${expected} but received ${received}`, {
    code: 'BAD_DATA',
    where,
    expected,
    received,
  });
}
