import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, expect, it } from 'vitest';
import { itOnData, json, launcher, scratch, shared, sharedModel, weightfold } from '../test/launch.js';

const model = sharedModel('mlperf_kws01_dscnn_int8');

let packedOnce: Uint8Array;

beforeAll(() => {
  if (!fs.existsSync(shared)) return;
  const wfz = path.join(scratch(), 'model.wfz');
  expect(weightfold(['compress', model, '-o', wfz, '--level', 'fast']).status).toBe(0);
  packedOnce = fs.readFileSync(wfz);
});

function packed(): { dir: string; wfz: string } {
  const dir = scratch();
  const wfz = path.join(dir, 'model.wfz');
  fs.writeFileSync(wfz, packedOnce);
  return { dir, wfz };
}

itOnData('compresses and gives the same bytes back', () => {
  const dir = scratch();
  const [wfz, back] = [path.join(dir, 'model.wfz'), path.join(dir, 'back.tflite')];
  const { status, document } = json(['compress', model, '-o', wfz]);
  expect(status).toBe(0);
  expect(document).toMatchObject({ schemaVersion: 1, command: 'compress', output: wfz });
  expect(document.inputBytes).toBe(fs.statSync(model).size);
  expect(document.outputBytes).toBe(fs.statSync(wfz).size);
  expect(document.encodeMs).toBeGreaterThan(0);
  for (const tensor of document.tensors) {
    expect(tensor).toMatchObject({
      name: expect.any(String),
      bytes: expect.any(Number),
      codec: expect.any(String),
    });
    expect(tensor.codedBytes).toBeGreaterThanOrEqual(0);
  }
  const restored = json(['decompress', wfz, '-o', back]).document;
  expect(restored).toMatchObject({
    command: 'decompress',
    decoder: 'native',
    outputBytes: document.inputBytes,
  });
  expect(restored.decodeMs).toBeGreaterThan(0);
  expect(restored.hashMs).toBeGreaterThan(0);
  expect(fs.readFileSync(back).equals(fs.readFileSync(model))).toBe(true);
});

itOnData('verifies a container, also against the file it came from', () => {
  const { wfz } = packed();
  expect(json(['verify', wfz, '--against', model])).toMatchObject({ status: 0, document: { ok: true } });
  const other = json(['verify', wfz, '--against', sharedModel('tflm_hello_world_int8')]);
  expect(other.status).toBe(1);
  expect(other.document.ok).not.toBe(true);
});

itOnData.each([
  [
    'a flipped byte',
    (bytes: Buffer) =>
      bytes.fill(bytes[bytes.length >> 1]! ^ 0xff, bytes.length >> 1, (bytes.length >> 1) + 1),
  ],
  ['a cut tail', (bytes: Buffer) => bytes.subarray(0, bytes.length - 5)],
  ['bytes after the end', (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('more')])],
  ['a wrong magic', (bytes: Buffer) => Buffer.concat([Buffer.from('PK\x03\x04'), bytes.subarray(4)])],
])('refuses a container with %s: exit code 1, says where, writes nothing', (_name, damage) => {
  const { dir, wfz } = packed();
  const [bad, back] = [path.join(dir, 'bad.wfz'), path.join(dir, 'back.tflite')];
  fs.writeFileSync(bad, damage(fs.readFileSync(wfz)));
  const told = new Set<string>();
  for (const words of [
    ['decompress', bad, '-o', back],
    ['verify', bad],
  ]) {
    const { status, document } = json(words);
    expect(status, words[0]).toBe(1);
    expect(document.error, words[0]).toMatchObject({ code: expect.any(String), message: expect.any(String) });
    expect(document.error.where, words[0]).toMatch(/\d/);
    expect(document.error.message, words[0]).toContain(bad);
    told.add(document.error.message);
  }
  expect(fs.existsSync(back)).toBe(false);
  expect(told.size).toBe(1); // both verbs say the same of the same damage
});

itOnData('says that a file is cut short', () => {
  const { dir } = packed();
  const short = path.join(dir, 'short.wfz');
  fs.writeFileSync(short, packedOnce.subarray(0, 3000));
  const { document } = json(['verify', short]);
  expect(document).toMatchObject({ ok: false, error: { code: 'DAMAGED' } });
  expect(document.error.message).toMatch(/short\.wfz: Damaged container: the file is cut short/);
});

itOnData('never writes over the input, also not with -f, and packs nothing twice', () => {
  const { dir, wfz } = packed();
  const own = path.join(dir, 'own.tflite');
  fs.copyFileSync(model, own);
  for (const [verb, file] of [
    ['compress', own],
    ['decompress', wfz],
  ] as const)
    expect(json([verb, file, '-o', file, '-f'])).toMatchObject({
      status: 2,
      document: { error: { code: 'OUTPUT_IS_INPUT', where: file } },
    });
  expect(fs.readFileSync(own).equals(fs.readFileSync(model))).toBe(true);
  expect(fs.readFileSync(wfz).equals(packedOnce)).toBe(true);
  const again = json(['compress', wfz, '-o', path.join(dir, 'again.wfz')]);
  expect(again).toMatchObject({ status: 2, document: { error: { code: 'PACKED_ALREADY', where: wfz } } });
});

it('packs an empty file, and gives no percentage of nothing', () => {
  const dir = scratch();
  const [empty, wfz] = [path.join(dir, 'empty.tflite'), path.join(dir, 'empty.wfz')];
  fs.writeFileSync(empty, '');
  const { status, stdout } = weightfold(['compress', empty, '-o', wfz]);
  expect(status).toBe(0);
  expect(stdout).toMatch(/ 0 bytes → \S+ \d+ bytes: \d+ ms\n$/);
});

itOnData.each([['compress'], ['decompress']])(
  '%s refuses an existing output without -f and leaves it alone',
  (verb) => {
    const { dir, wfz } = packed();
    const input = verb === 'compress' ? model : wfz;
    const fast = verb === 'compress' ? ['--level', 'fast'] : [];
    const out = path.join(dir, 'out');
    fs.writeFileSync(out, 'precious');
    const { status, document } = json([verb, input, '-o', out]);
    expect(status).toBe(2);
    expect(document.error).toMatchObject({ code: 'EXISTS', where: out });
    expect(fs.readFileSync(out, 'utf8')).toBe('precious');
    expect(weightfold([verb, input, '-o', out, '-f', ...fast]).status).toBe(0);
    expect(fs.statSync(out).size).toBeGreaterThan(1000);
    expect(fs.readdirSync(dir).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  },
);

itOnData('packs from stdin to stdout and back, with the summary on stderr', () => {
  const original = fs.readFileSync(model);
  const through = (words: string[], input: Uint8Array) =>
    spawnSync(process.execPath, [launcher, ...words], { input, timeout: 100_000 });
  const wfz = through(['compress', '-', '-o', '-', '--level', 'fast'], original);
  expect([wfz.status, wfz.stderr.toString()]).toEqual([0, expect.stringMatching(/^- 53,936 bytes → - /m)]);
  expect(wfz.stdout.equals(packedOnce)).toBe(true);
  const back = through(['decompress', '-', '-o', '-', '-q'], wfz.stdout);
  expect([back.status, back.stderr.toString()]).toEqual([0, '']);
  expect(back.stdout.equals(original)).toBe(true);
  expect(through(['verify', '-'], wfz.stdout).status).toBe(0);
});

itOnData('waits for a slow pipe', () => {
  const slow = `(head -c 1000 "$1"; sleep 0.5; tail -c +1001 "$1") | "$2" "$3" compress - -o - --level fast`;
  const { stdout, stderr } = spawnSync('sh', ['-c', slow, 'sh', model, process.execPath, launcher], {
    timeout: 100_000,
  });
  expect(stderr.toString()).toMatch(/^- 53,936 bytes → - /m);
  expect(stdout.equals(packedOnce)).toBe(true);
});

itOnData('tells that a file behind stdout did not take everything', () => {
  // bash counts in kilobytes; the signal that would end the process is ignored, so that writing fails.
  const limited = `trap '' XFSZ; ulimit -f 8; "$1" "$2" decompress "$3" -o - > "$4"`;
  const { dir, wfz } = packed();
  const out = path.join(dir, 'out.tflite');
  const words = ['-c', limited, 'bash', process.execPath, launcher, wfz, out];
  const { status, stderr } = spawnSync('bash', words, { timeout: 100_000 });
  expect([status, stderr.toString()]).toEqual([
    1,
    expect.stringMatching(/^error: stdout cannot be written: EFBIG/),
  ]);
  expect(fs.statSync(out).size).toBe(8192);
});

itOnData('writes into a pipe that is there, without -f, and leaves it a pipe', () => {
  const { dir, wfz } = packed();
  const pipe = path.join(dir, 'pipe');
  const script = `mkfifo "$4" && { cat "$4" | wc -c & } && "$1" "$2" decompress "$3" -o "$4" -q --json > /dev/null && wait`;
  const words = ['-c', script, 'bash', process.execPath, launcher, wfz, pipe];
  const { status, stdout } = spawnSync('bash', words, { timeout: 100_000 });
  expect([status, Number(stdout)]).toEqual([0, fs.statSync(model).size]);
  expect(fs.statSync(pipe).isFIFO()).toBe(true);
});

it('refuses a folder as the output before any work, also one that is not there yet', () => {
  for (const output of ['none/', '/tmp', '']) {
    const { status, document } = json(['compress', 'no-such.tflite', '-o', output]);
    expect([status, document.error.code]).toEqual([2, output === '' ? 'MISSING_OPTION' : 'EISDIR']);
  }
});

it('tells that places are those of the file that a .wfz holds', () => {
  const dir = scratch();
  const [text, wfz] = [path.join(dir, 'text'), path.join(dir, 'text.wfz')];
  fs.writeFileSync(text, 'no model at all');
  expect(weightfold(['compress', text, '-o', wfz, '-q']).status).toBe(0);
  for (const words of [
    ['inspect', wfz],
    ['diff', wfz, wfz],
    ['eval', wfz, '--data', 'fsdd'],
  ]) {
    const { status, document } = json(words);
    expect([words[0], status, document.error.code]).toEqual([words[0], 1, 'NOT_TFLITE']);
    expect(document.error.message).toMatch(/text\.wfz: the file packed in it: not a \.tflite file/);
  }
});

it('refuses a result and a JSON document on one stdout', () => {
  for (const verb of ['compress', 'decompress']) {
    const { status, document } = json([verb, 'any', '-o', '-']);
    expect([status, document.error.code]).toEqual([2, 'STDOUT_TAKEN']);
  }
});

itOnData('compares every tensor with gzip and brotli, and with zstd and xz where they are installed', () => {
  const wfz = path.join(scratch(), 'model.wfz');
  const small = sharedModel('tflm_hello_world_int8');
  const { document } = json(['compress', small, '-o', wfz, '--compare']);
  const { file, tensors } = document.compared;
  expect(file.gzip).toBe(gzipSync(fs.readFileSync(small), { level: 9 }).length);
  expect(tensors).toHaveLength(document.tensors.length);
  for (const sizes of tensors) expect(Math.min(sizes.gzip, sizes.brotli)).toBeGreaterThan(0);
  const { stdout } = weightfold(['compress', small, '-o', wfz, '--compare', '-f']);
  expect(stdout).toMatch(/^tensor +bytes +wfz +codec +gzip +zstd +xz +brotli\n/);
  expect(stdout).toMatch(/\nwhole file +2,704 /);
});
