// Runs `optimize` on the small data set of the tests in a process of its own, which a test then kills.
// node train-child.mjs OUT_DIR CONFIG TRAIN TEST, on the built package
import { loadDataset, takeExamples } from '@weightfold/datasets';
import { optimize, parseConfig } from '@weightfold/optimizer';

const [outDir, config, train, test] = process.argv.slice(2);
const whole = await loadDataset('fashion-mnist');
const dataset = {
  ...whole,
  train: takeExamples(whole.train, Number(train)),
  test: takeExamples(whole.test, Number(test)),
};
const onEvent = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
await optimize({ config: parseConfig(JSON.parse(config)), dataset, outDir, onEvent });
