import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { sha256Hex } from '@weightfold/base';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { fetchManifest } from './fetch.js';
import type { DatasetFile, DatasetManifest } from './manifest.js';

const temporary = () => fs.mkdtempSync(path.join(os.tmpdir(), 'wf-fetch-'));
/** Archives of 200 kB that do not shrink: long enough to be cut in the middle. */
const archives = new Map<string, Buffer>();
const entry = (name: string, seed: number): DatasetFile => {
  const noise = Array.from({ length: 6250 }, (_, i) => Buffer.from(sha256Hex(`${seed} ${i}`), 'hex'));
  const content = Buffer.concat(noise);
  archives.set(name, gzipSync(content));
  return { name, bytes: content.length, sha256: sha256Hex(content) };
};
const files = {
  trainImages: entry('a.gz', 1),
  trainLabels: entry('b.gz', 2),
  testImages: entry('c.gz', 3),
  testLabels: entry('d.gz', 4),
};

/** A real server; `cutAt` breaks the connection after so many bytes of a file, `replaced` serves other bytes. */
let server: http.Server;
let requests: string[] = [];
let cutAt: Record<string, number> = {};
let replaced: Record<string, Buffer> = {};
let manifest: DatasetManifest;

beforeEach(async () => {
  [requests, cutAt, replaced] = [[], {}, {}];
  vi.stubEnv('WEIGHTFOLD_DATA', '');
  server = http.createServer((request, response) => {
    const name = request.url!.slice(1);
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    requests.push(`${name} ${from}`);
    const body = replaced[name] ?? archives.get(name)!;
    if (from >= body.length) return response.writeHead(416).end();
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': body.length - from });
    const cut = cutAt[name];
    if (cut === undefined) return response.end(body.subarray(from));
    response.write(body.subarray(from, cut), () => setTimeout(() => response.destroy(), 50));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  manifest = {
    format: 'mnist',
    name: 'sample',
    title: 'a sample',
    url,
    licence: 'none',
    files,
    classNames: ['x'],
  };
});

afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const hashes = (paths: Record<string, string>) =>
  Object.values(paths).map((file) => sha256Hex(gunzipSync(fs.readFileSync(file))));
const names = ['a.gz', 'b.gz', 'c.gz', 'd.gz'];

it('downloads each file once; a second call needs no server', async () => {
  const dir = temporary();
  const { source, files: paths } = await fetchManifest(manifest, { dir });
  expect(source).toBe(manifest.url);
  expect(requests).toEqual(names.map((name) => `${name} 0`));
  expect(fs.readdirSync(dir).sort()).toEqual(names);
  expect(hashes(paths)).toEqual(Object.values(files).map((file) => file.sha256));
  const again = await fetchManifest({ ...manifest, url: 'http://127.0.0.1:9/' }, { dir });
  expect([again.source, again.files]).toEqual([dir, paths]);
});

it('takes up a broken download where it stopped', async () => {
  const dir = temporary();
  cutAt = { 'b.gz': 70_000 };
  await expect(fetchManifest(manifest, { dir })).rejects.toThrow(
    /sample cannot be had: http.*b\.gz cannot be used/,
  );
  cutAt = {};
  await fetchManifest(manifest, { dir });
  expect(requests).toEqual(['a.gz 0', 'b.gz 0', 'b.gz 70000', 'c.gz 0', 'd.gz 0']);
  expect(fs.readdirSync(dir).sort()).toEqual(names);
});

it('takes up what a killed process left, also when that was whole already or no part of the file', async () => {
  const dir = temporary();
  const ended = 4_194_305; // above the largest process id of Linux
  const archive = archives.get('a.gz')!;
  fs.writeFileSync(path.join(dir, `a.gz.${ended}-00.part`), archive.subarray(0, 1000));
  fs.writeFileSync(path.join(dir, `b.gz.${ended}-00.part`), archives.get('b.gz')!);
  fs.writeFileSync(path.join(dir, `c.gz.${ended}-00.part`), Buffer.alloc(500, 7));
  fs.writeFileSync(path.join(dir, `d.gz.${process.ppid}-00.part`), Buffer.alloc(5)); // of a process that still runs
  const messages: string[] = [];
  await fetchManifest(manifest, { dir, onProgress: (message) => messages.push(message) });
  expect(requests).toEqual([
    'a.gz 1000',
    `b.gz ${archives.get('b.gz')!.length}`,
    'c.gz 500',
    'c.gz 0',
    'd.gz 0',
  ]);
  expect(messages.filter((message) => message.endsWith('starting over')).length).toBe(1);
  expect(fs.readdirSync(dir).sort()).toEqual([...names, `d.gz.${process.ppid}-00.part`]);
});

it('may run several times at once', async () => {
  const dir = temporary();
  const all = await Promise.all([1, 2, 3].map(() => fetchManifest(manifest, { dir })));
  const expected = Object.values(files).map((file) => file.sha256);
  for (const one of all) expect(hashes(one.files)).toEqual(expected);
  expect(fs.readdirSync(dir).sort()).toEqual(names);
});

it('refuses a file with another hash, names both, and keeps nothing of it', async () => {
  const dir = temporary();
  replaced = { 'c.gz': gzipSync(Buffer.from('something else')) };
  await expect(fetchManifest(manifest, { dir })).rejects.toMatchObject({
    code: 'WRONG_HASH',
    where: `${manifest.url}c.gz`,
    expected: files.testImages.sha256,
    received: sha256Hex('something else'),
  });
  expect(fs.readdirSync(dir).sort()).toEqual(['a.gz', 'b.gz']);
});

it('fetches again what is damaged in the cache, all of it and nothing else', async () => {
  const dir = temporary();
  await fetchManifest(manifest, { dir });
  requests = [];
  fs.writeFileSync(path.join(dir, 'a.gz'), archives.get('b.gz')!);
  fs.truncateSync(path.join(dir, 'd.gz'), 100);
  const messages: string[] = [];
  await fetchManifest(manifest, { dir, onProgress: (message) => messages.push(message) });
  expect(requests).toEqual(['a.gz 0', 'd.gz 0']);
  expect(messages[0]).toMatch(/a\.gz: expected content with sha256 .* received .*; fetching it again/);
  expect(messages[1]).toMatch(/d\.gz: damaged gzip archive.*; fetching it again/);
});

it('takes the files from WEIGHTFOLD_DATA, plain or in a folder of the data set’s name, and names a missing one', async () => {
  const root = temporary();
  for (const folder of [root, path.join(root, 'sample')]) {
    fs.mkdirSync(folder, { recursive: true });
    for (const [name, archive] of archives) fs.writeFileSync(path.join(folder, name), archive);
    vi.stubEnv('WEIGHTFOLD_DATA', root);
    expect((await fetchManifest(manifest)).source).toBe(folder);
  }
  fs.rmSync(path.join(root, 'sample', 'd.gz'));
  await expect(fetchManifest(manifest)).rejects.toThrow(/sample\/d\.gz is missing/);
  expect(requests).toEqual([]);
});

it('falls back to the cache when WEIGHTFOLD_DATA holds something else, and says so', async () => {
  vi.stubEnv('XDG_CACHE_HOME', temporary());
  vi.stubEnv('WEIGHTFOLD_DATA', temporary());
  const messages: string[] = [];
  await fetchManifest(manifest, { onProgress: (message) => messages.push(message) });
  expect(messages[0]).toMatch(/holds no sample; using the cache folder/);
});

it('takes the folder that the caller names before WEIGHTFOLD_DATA', async () => {
  const dir = temporary();
  await fetchManifest(manifest, { dir });
  const other = temporary();
  fs.writeFileSync(path.join(other, files.trainImages.name), 'another file');
  vi.stubEnv('WEIGHTFOLD_DATA', other);
  expect((await fetchManifest(manifest, { dir })).source).toBe(dir);
});

it('names both reasons when neither the URL nor the Debian package is there', async () => {
  const debian = { package: 'weightfold-no-such-package', folder: 'usr' };
  const broken = { ...manifest, url: 'http://127.0.0.1:9/', debian };
  const left = () => fs.readdirSync(os.tmpdir()).filter((name) => name.startsWith('weightfold-apt-')).length;
  const before = left();
  vi.stubEnv('PATH', '/nowhere'); // as on a system without apt
  await expect(fetchManifest(broken, { dir: temporary() })).rejects.toThrow(
    /127\.0\.0\.1:9\/a\.gz cannot be used .*; .*apt-get/s,
  );
  expect(left()).toBe(before);
});
