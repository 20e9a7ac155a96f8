import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { sha256Hex } from '@weightfold/base';
import { bytesOf, data, needing } from '@weightfold/test-support';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { tarOf } from '../../test/tar.js';
import { wav } from '../../test/wav.js';
import { manifestOf } from '../fetch.js';
import { loadManifest } from '../load.js';
import type { DatasetManifest } from '../manifest.js';
import { readTar } from '../tar.js';
import { featureSets, featuresOf } from './features.js';
import { readSpeechCommands } from './speech-commands.js';
import { readWav } from './wav.js';

/** Words that digits stand for: ten keywords, and what `six` to `nine` stand for is unknown. */
const words = ['down', 'go', 'left', 'no', 'off', 'on', 'right', 'stop', 'up', 'yes'];

afterEach(() => vi.unstubAllEnvs());

/** Real recordings, each sample twice: they sound the same at 16 kHz. */
const recordings = new Map<string, Uint8Array>();

beforeAll(async () => {
  if (needing('data').skip) return;
  const member = /\d_[a-z]+_[0-7]\.wav$/;
  await readTar(
    path.join(data, 'fsdd/fsdd-recordings.tar.gz'),
    (name) => member.test(name),
    (name, content) => {
      const { samples } = readWav(content, name);
      const doubled = Array.from({ length: 2 * samples.length }, (_, i) => samples[i >> 1]!);
      recordings.set(path.basename(name), wav(doubled, { bits: 16, sampleRate: 16_000 }));
    },
  );
});

/**
 * An archive as that of Speech Commands: a folder for each word, recordings named SPEAKER_nohash_N.wav, lists of the
 * validation and test speakers, background noise. Digit d is keyword d in recordings 0 to 3 and the unknown word `bed`
 * or `cat` in 4 to 7.
 */
async function sampleArchive(leaveOut: RegExp = /^$/): Promise<string> {
  const members: Record<string, Uint8Array> = {};
  const lists = { testing: [] as string[], validation: [] as string[] };
  for (const [name, content] of recordings) {
    const [digit, speaker, index] = name.replace('.wav', '').split('_') as [string, string, string];
    const word = Number(index) < 4 ? words[Number(digit)]! : ['bed', 'cat'][Number(digit) % 2]!;
    const file = `${word}/${speaker}_nohash_${Number(digit) * 10 + Number(index)}.wav`;
    members[`./${file}`] = content;
    if (speaker === 'theo') lists.testing.push(file);
    if (speaker === 'lucas') lists.validation.push(file);
  }
  members['./testing_list.txt'] = Buffer.from(`${lists.testing.join('\n')}\n`);
  members['./validation_list.txt'] = Buffer.from(`${lists.validation.join('\n')}\n`);
  const hum = Array.from({ length: 80_000 }, (_, i) => (i < 64_000 ? 0.5 : 0.1) * Math.sin(i * i));
  members['./_background_noise_/hum.wav'] = wav(hum, { bits: 16, sampleRate: 16_000 });
  return tarOf(Object.fromEntries(Object.entries(members).filter(([name]) => !leaveOut.test(name))));
}

const countsOf = (y: ArrayLike<number>) =>
  Array.from({ length: 12 }, (_, label) => Array.from(y).filter((value) => value === label).length);

it(
  'downloads an archive and makes keywords, silence and unknown of it, by the official lists',
  needing('data'),
  async () => {
    const archive = await sampleArchive();
    const server = http.createServer((_, response) => fs.createReadStream(archive).pipe(response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const published = manifestOf('speech-commands');
    const bytes = bytesOf(archive);
    const file = { ...published.files.archive!, bytes: bytes.length, sha256: sha256Hex(bytes) };
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const manifest: DatasetManifest = { ...published, url, files: { archive: file } };
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wf-speech-'));
    vi.stubEnv('WEIGHTFOLD_DATA', '');
    try {
      const dataset = await loadManifest(manifest, { dir });
      expect(dataset.provenance).toMatchObject({ source: url, licence: 'CC BY 4.0' });
      expect([dataset.classes, dataset.features]).toEqual([
        12,
        { name: 'mlperf-tiny', mean: null, deviation: null },
      ]);
      // 4 recordings of each keyword by each speaker; a tenth of all of them as silence and as unknown.
      const expected = { train: 16, validation: 4, test: 4 };
      for (const [split, each] of Object.entries(expected) as ['train' | 'validation' | 'test', number][]) {
        const { y, shape } = dataset[split]!;
        expect([shape, countsOf(y)]).toEqual([
          [49, 10, 1],
          [...Array(10).fill(each), each, each],
        ]);
      }
      const again = await loadManifest({ ...manifest, url: 'http://127.0.0.1:9/' }, { dir });
      expect([...again.test.x]).toEqual([...dataset.test.x]);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  },
);

it(
  'takes each recording with its own label, and silence from the split’s part of the noise',
  needing('data'),
  async () => {
    const set = featureSets['keyword-16k'];
    const { test, train } = await readSpeechCommands(
      await sampleArchive(),
      [...words, 'silence', 'unknown'],
      set,
    );
    const recording = recordings.get('7_theo_2.wav')!;
    const stop = test.find(({ name }) => name === 'stop/theo_nohash_72.wav')!;
    expect([stop.label, stop.features]).toEqual([7, featuresOf(readWav(recording), set, 'stop')]);
    expect(train.map(({ name }) => name).filter((name) => /theo|lucas/.test(name))).toEqual([]);
    // The first coefficient grows with loudness: the noise is louder in the part that training has.
    const loudest = (examples: typeof test) =>
      Math.max(...examples.filter(({ label }) => label === 10).map(({ features }) => features[0]!));
    expect(loudest(train)).toBeGreaterThan(loudest(test) + 5);
  },
);

it.each([
  [/testing_list/, /no testing_list.txt/],
  [/_background_noise_/, /_background_noise_ in the archive/],
])('refuses an archive without %s', needing('data'), async (leaveOut, message) => {
  const archive = await sampleArchive(leaveOut);
  const classes = [...words, 'silence', 'unknown'];
  await expect(readSpeechCommands(archive, classes, featureSets['mlperf-tiny'])).rejects.toThrow(message);
});
