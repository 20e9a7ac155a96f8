import path from 'node:path';
import { sha256Hex } from '@weightfold/base';
import { DatasetError } from '../errors.js';
import { readTar } from '../tar.js';
import { type FeatureExample, type FeatureSet, featuresOf } from './features.js';
import { readWav } from './wav.js';

const splitNames = ['train', 'validation', 'test'] as const;
type SplitName = (typeof splitNames)[number];
export type KeywordExamples = Record<SplitName, FeatureExample[]>;

const noiseFolder = '_background_noise_';
/** Silence and unknown words, each in parts of the keywords of a split (Warden, 2018, section 7). */
const extraPart = 0.1;
/** Which part of each noise recording a split's silence is cut from: no split hears what another one heard. */
const noiseParts = { train: [0, 0.8], validation: [0.8, 0.9], test: [0.9, 1] } as const;

/**
 * Features of Speech Commands as keyword spotting: ten words, `silence` and `unknown`, the last two classes. Splits are
 * the official ones, by hash of the speaker: the archive's testing_list.txt and validation_list.txt name them. Of the
 * other words a tenth as many as keywords is taken as `unknown` in each split, those whose names have the smallest
 * SHA-256; as many clips of background noise at random volume are `silence`. (Their number is that of TensorFlow's
 * example; the choice there is by a random generator.)
 * @throws DatasetError when lists, noise or keywords are missing in the archive
 */
export async function readSpeechCommands(
  archive: string,
  classNames: string[],
  set: FeatureSet,
): Promise<KeywordExamples> {
  const keywords = classNames.slice(0, -2);
  const { recordings, listed } = await readNames(archive);
  const splitOf = (name: string): SplitName => listed.get(name) ?? 'train';
  const wanted = new Map<string, { split: SplitName; label: number }>();
  const silences: [SplitName, number][] = [];
  for (const split of splitNames) {
    const own = recordings.filter((name) => splitOf(name) === split);
    const spoken = own.filter((name) => keywords.includes(wordOf(name)));
    const extra = Math.ceil(extraPart * spoken.length);
    const others = own.filter((name) => !keywords.includes(wordOf(name)));
    for (const name of spoken) wanted.set(name, { split, label: keywords.indexOf(wordOf(name)) });
    for (const name of byHash(others).slice(0, extra))
      wanted.set(name, { split, label: keywords.length + 1 });
    silences.push([split, extra]);
  }
  if (![...wanted.values()].some(({ split }) => split === 'train'))
    throw incomplete(archive, `recordings of ${keywords.join(', ')}`, 'none');
  const { examples, noise } = await readSounds(archive, wanted, set);
  for (const [split, count] of silences)
    examples[split].push(...silence(split, count, noise, keywords.length, set));
  return examples;
}

/** `./yes/abc_nohash_0.wav` is `yes/abc_nohash_0.wav`, as the lists have it. */
const plain = (member: string) => member.replace(/^\.\//, '');
const wordOf = (name: string) => path.dirname(name);
const isNoise = (name: string) => wordOf(name) === noiseFolder && name.endsWith('.wav');

function byHash(names: string[]): string[] {
  const hashed = names.map((name) => [sha256Hex(name), name] as const);
  return hashed.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, name]) => name);
}

/** Names of all recordings of words, and the splits of those that the archive's lists name. */
async function readNames(archive: string): Promise<{ recordings: string[]; listed: Map<string, SplitName> }> {
  const recordings: string[] = [];
  const listed = new Map<string, SplitName>();
  const lists: Record<string, SplitName> = {
    'testing_list.txt': 'test',
    'validation_list.txt': 'validation',
  };
  const isList = (member: string) => {
    const name = plain(member);
    if (name.endsWith('.wav') && !isNoise(name)) recordings.push(name);
    return name in lists;
  };
  const found = new Set<string>();
  await readTar(archive, isList, (member, content) => {
    found.add(plain(member));
    const names = Buffer.from(content).toString('utf8').split(/\r?\n/);
    for (const name of names.filter(Boolean)) listed.set(name, lists[plain(member)]!);
  });
  const missing = Object.keys(lists).filter((name) => !found.has(name));
  if (missing.length > 0)
    throw incomplete(archive, Object.keys(lists).join(' and '), `no ${missing.join(', ')}`);
  return { recordings, listed };
}

async function readSounds(
  archive: string,
  wanted: Map<string, { split: SplitName; label: number }>,
  set: FeatureSet,
): Promise<{ examples: KeywordExamples; noise: Map<string, Float32Array> }> {
  const examples: KeywordExamples = { train: [], validation: [], test: [] };
  const noise = new Map<string, Float32Array>();
  await readTar(
    archive,
    (member) => wanted.has(plain(member)) || isNoise(plain(member)),
    (member, content) => {
      const name = plain(member);
      const sound = readWav(content, name);
      if (isNoise(name)) return void noise.set(name, sound.samples);
      const { split, label } = wanted.get(name)!;
      examples[split].push({ name, label, features: featuresOf(sound, set, name) });
    },
  );
  if (noise.size === 0) throw incomplete(archive, `recordings in ${noiseFolder}`, 'none');
  return { examples, noise };
}

/** Clips of a split's part of the noise recordings in turn; place and volume come from a hash of the clip's name. */
function silence(
  split: SplitName,
  count: number,
  noise: Map<string, Float32Array>,
  label: number,
  set: FeatureSet,
): FeatureExample[] {
  const { samples: length, sampleRate } = set.settings;
  const sources = [...noise].sort(([a], [b]) => (a < b ? -1 : 1));
  return Array.from({ length: count }, (_, i) => {
    const [source, all] = sources[i % sources.length]!;
    const name = `_silence_/${split}_${String(i).padStart(5, '0')}`;
    const hash = Buffer.from(sha256Hex(name), 'hex');
    const [first, end] = noiseParts[split].map((part) => Math.floor(part * all.length)) as [number, number];
    const place = hash.readUInt32LE(0) / 2 ** 32;
    const volume = hash.readUInt32LE(4) / 2 ** 32;
    const start = first + Math.floor(place * Math.max(1, end - first - length));
    const samples = all.slice(start, Math.min(end, start + length)).map((value) => value * volume);
    return { name, label, features: featuresOf({ sampleRate, samples }, set, source) };
  });
}

function incomplete(archive: string, expected: string, received: string): DatasetError {
  const message = `${archive}: expected ${expected} in the archive but received ${received}`;
  return new DatasetError(message, { where: archive, expected, received });
}
