import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { makeFolder, removeTemporaries, sha256Hex, UsageError, writeFileAtomic } from '@weightfold/base';
import type { Dataset, Split } from '@weightfold/datasets';
import type { RunConfig } from '../config.js';
import { type Arithmetic, arithmetic, backendInfo } from '../tf.js';
import { differences } from './differences.js';
import type { ProgressEvent } from './events.js';
import { lockFolder } from './lock.js';
import type { Network } from './network.js';

/** Folder of a run: configuration, environment, logs, checkpoints and the exported models. */
export class RunFolder {
  private constructor(
    readonly dir: string,
    /** Identifies configuration, data, starting weights and arithmetic: checkpoints of another run are not taken up. */
    readonly fingerprint: string,
    /** Lets other processes work in the folder again. */
    readonly close: () => void,
  ) {}

  /**
   * Opens a run folder for this process alone. The folder of an unfinished run of the same configuration is taken up; one of
   * another configuration, or on another TensorFlow backend or number of threads (whose sums differ in their last bits), is
   * refused unless there is nothing in it yet that was trained, or `fresh`, which empties what a run writes.
   * @param how `augmented`: whether the program changes training examples by a function of its own; `note` is told of the lock of a
   * process that is gone
   * @throws UsageError for a run that cannot be taken up, or that another process works on
   */
  static async open(
    dir: string,
    config: RunConfig,
    dataset: Dataset,
    network: Network,
    { note, ...how }: { fresh: boolean; augmented: boolean; note?: (message: string) => void },
  ): Promise<RunFolder> {
    makeFolder(dir);
    const unlock = lockFolder(dir, note);
    try {
      const text = prepare(dir, config, how);
      return new RunFolder(dir, await fingerprint(text, dataset, network), unlock);
    } catch (error) {
      unlock();
      throw error;
    }
  }

  /** Appends to events.jsonl (what happened) or metrics.jsonl (figures of training steps). */
  log(event: ProgressEvent): void {
    const name = event.type === 'step' ? 'metrics.jsonl' : 'events.jsonl';
    fs.appendFileSync(
      path.join(this.dir, name),
      `${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`,
    );
  }
}

/** Makes a locked folder ready for a run. The text of its configuration. */
function prepare(
  dir: string,
  config: RunConfig,
  { fresh, augmented }: { fresh: boolean; augmented: boolean },
): string {
  const file = path.join(dir, 'config.resolved.json');
  const text = `${JSON.stringify(config, null, 2)}\n`;
  if (fs.existsSync(file) && (fresh || !wasTrained(dir))) clear(dir);
  if (fs.existsSync(file)) refuseOtherConfig(dir, file, text);
  refuseOther(path.join(dir, 'env.json'), augmented);
  makeFolder(path.join(dir, 'checkpoints'));
  for (const part of ['checkpoints', ...stageFolders(dir)]) removeTemporaries(path.join(dir, part));
  writeFileAtomic(file, text);
  writeFileAtomic(
    path.join(dir, 'env.json'),
    `${JSON.stringify({ ...environment(), augmented }, null, 2)}\n`,
  );
  return text;
}

const stageFolders = (dir: string) => fs.readdirSync(dir).filter((name) => /^\d\d-[a-z0-9-]+$/.test(name));

/** Whether a folder holds anything of a run that would be lost. */
function wasTrained(dir: string): boolean {
  const checkpoints = path.join(dir, 'checkpoints');
  const saved = fs.existsSync(checkpoints) ? fs.readdirSync(checkpoints) : [];
  return saved.some((name) => /\.(ckpt|done)$/.test(name)) || stageFolders(dir).length > 0;
}

function refuseOtherConfig(dir: string, file: string, text: string): void {
  const theirs = fs.readFileSync(file, 'utf8');
  const found = differences(theirs, text);
  if (found.length === 0) return;
  const told = found.map(({ key, there, here }) => `${key} is ${there} there and ${here} here`);
  throw new UsageError(`${dir} holds a run of another configuration: ${told.join('; ')}`, {
    code: 'OTHER_RUN',
    where: file,
    expected: found.map(({ key, there }) => `${key} ${there}`).join(', '),
    received: found.map(({ key, here }) => `${key} ${here}`).join(', '),
    hint: 'choose another folder with -o, or start over in this one with --fresh',
  });
}

function refuseOther(file: string, augmented: boolean): void {
  if (!fs.existsSync(file)) return;
  const theirs = JSON.parse(fs.readFileSync(file, 'utf8')) as {
    arithmetic?: Arithmetic;
    augmented?: boolean;
  };
  const refuse = (did: string, expected: string, received: string, how: string) => {
    if (expected === received) return;
    throw new UsageError(`${path.dirname(file)} holds a run that ${did} ${expected}, this is ${received}`, {
      code: 'OTHER_RUN',
      where: file,
      expected,
      received,
      hint: `go on as it began (${how}), choose another folder with -o, or start over with --fresh`,
    });
  };
  const threads = 'TF_NUM_INTRAOP_THREADS sets the threads';
  refuse('was computed by', arithmeticText(theirs.arithmetic), arithmeticText(arithmetic()), threads);
  const examples = (changed = false) =>
    changed ? 'examples that a function changes' : 'examples as they are';
  refuse('saw', examples(theirs.augmented), examples(augmented), 'augment of optimize() is that function');
}

function arithmeticText(found: Arithmetic | undefined): string {
  if (!found) return 'a version that did not say how it computes';
  const { backend, version, threads } = found;
  return `TensorFlow.js ${version} (${backend}${threads === null ? '' : `, ${threads} threads`})`;
}

/**
 * Hash of everything that a run's result depends on.
 * @param configuration as it was written to the folder
 */
export async function fingerprint(
  configuration: string,
  dataset: Dataset,
  { graph, trained, start }: Network,
): Promise<string> {
  const { train, test, classes, features, provenance } = dataset;
  const splits = [train, test].map(({ count, shape, xScale }) => [count, ...shape, xScale]);
  const files = provenance.files.map(({ sha256 }) => sha256);
  const content =
    files.length > 0 ? files : [train, test].flatMap(({ x, y }) => [arrayHash(x), arrayHash(y)]);
  const data = [content, splits, classes, features?.name ?? null];
  return sha256Hex(
    JSON.stringify([configuration, data, graph, trained && startHash(await start()), arithmetic()]),
  );
}

/** Of trained weights, and of the statistics of batch normalization that came with them. */
function startHash({ values, moments }: Awaited<ReturnType<Network['start']>>): string[] {
  const all = [...moments.values()].flatMap(({ mean, variance }) => [mean, variance]);
  return [values, ...all].map(arrayHash);
}

/** Of data that no file stands for. OpenSSL takes at most 2 GiB at once. */
function arrayHash({ buffer, byteOffset, byteLength }: Split['x'] | Split['y']): string {
  const hash = createHash('sha256');
  const piece = 2 ** 30;
  for (let at = 0; at < byteLength; at += piece)
    hash.update(new Uint8Array(buffer, byteOffset + at, Math.min(piece, byteLength - at)));
  return hash.digest('hex');
}

/** Removes what a run writes, and nothing else that may lie in the folder. */
function clear(dir: string): void {
  const ours =
    /^(config\.resolved\.json|env\.json|events\.jsonl|metrics\.jsonl|result\.json|report\.html|checkpoints|\d\d-[a-z0-9-]+)$/;
  for (const name of fs.readdirSync(dir)) {
    if (ours.test(name)) fs.rmSync(path.join(dir, name), { recursive: true, force: true });
  }
}

function environment(): Record<string, unknown> {
  const cpus = os.cpus();
  return {
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    release: os.release(),
    cpu: cpus[0]?.model ?? 'unknown',
    cores: cpus.length,
    memoryBytes: os.totalmem(),
    tfjs: backendInfo(),
    arithmetic: arithmetic(),
  };
}
