import path from 'node:path';
import { DatasetError } from '../errors.js';
import { readTar } from '../tar.js';
import type { FeatureInfo } from '../types.js';
import { type FeatureExample, type FeatureSet, featuresOf } from './features.js';
import { readWav } from './wav.js';

/**
 * What `keyword-8k` features of this data set are normalized by: the numbers that the comparison with TFMOT was made
 * with. They are mean and deviation over the training split, summed in float32, which is why they are off by up to 0.05
 * % from exact ones.
 */
export const spokenDigitsNorm: FeatureInfo = {
  mean: Float32Array.of(
    -71.231422,
    0.62798882,
    0.38784084,
    -0.28926435,
    -0.77443874,
    -0.42707455,
    -0.30586711,
    -0.18331671,
    -0.25390995,
    -0.15231325,
  ),
  deviation: Float32Array.of(
    55.233295,
    2.5110779,
    1.6940081,
    1.3198305,
    1.4344682,
    1.2019447,
    0.85396832,
    0.72963244,
    0.6726805,
    0.59825635,
  ),
};

/** Recordings 0 to 4 of each digit and speaker are the test split, as the data set's README has it. */
const testRecordings = 5;

/**
 * Features of the Free Spoken Digit Dataset, read from its archive: recordings are named DIGIT_SPEAKER_INDEX.wav.
 * @throws DatasetError for a recording of another name
 */
export async function readSpokenDigits(
  archive: string,
  set: FeatureSet,
): Promise<{ train: FeatureExample[]; test: FeatureExample[] }> {
  const examples = { train: [] as FeatureExample[], test: [] as FeatureExample[] };
  await readTar(
    archive,
    (name) => name.endsWith('.wav'),
    (member, content) => {
      const name = path.basename(member);
      const parts = /^(\d)_[^_]+_(\d+)\.wav$/.exec(name);
      if (!parts) {
        const expected = 'DIGIT_SPEAKER_INDEX.wav';
        throw new DatasetError(`${archive}: expected ${expected} but received ${member}`, {
          where: archive,
          expected,
          received: member,
        });
      }
      const split = Number(parts[2]) < testRecordings ? 'test' : 'train';
      const features = featuresOf(readWav(content, member), set, member);
      examples[split].push({ name, label: Number(parts[1]), features });
    },
  );
  return examples;
}
