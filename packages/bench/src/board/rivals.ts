import { sha256Hex } from '@weightfold/base';
import { pinsFor, portableRivals, type RivalEngine, rivalSources } from '@weightfold/rivals';
import { z } from 'zod';
import { runsIn } from '../measure/sampling.js';
import type { BenchResult } from '../measure/schema.js';
import { type Answer, unexpected } from './answers.js';
import { type Connection, quoted } from './connection.js';
import { type BoardFile, boardFile } from './deploy.js';
import { BoardError } from './errors.js';
import type { BoardJob } from './jobs.js';
import { type Place, pathOf, pinned, type Request, type Subject } from './subjects.js';

/** A rival there refuses a model. */
export class RivalRefusal extends BoardError {}

/** Where a rival's Python packages are on a board, beside those that its Python has by itself. */
const packagesIn = ({ folder }: Place) => `${folder}/python`;

/**
 * Rivals that a board's own Python can run: nothing is installed there.
 * @returns their names, and why the others cannot be measured
 */
export async function rivalsOn(
  connection: Connection,
  place: Place,
  names: readonly string[],
): Promise<{ engines: RivalEngine[]; absent: BenchResult['absent'] }> {
  const engines: RivalEngine[] = [];
  const absent: BenchResult['absent'] = [];
  for (const engine of names as RivalEngine[]) {
    const reason = await whyAbsent(connection, place, engine);
    if (reason === null) engines.push(engine);
    else absent.push({ engine, reason });
  }
  return { engines, absent };
}

async function whyAbsent(connection: Connection, place: Place, engine: RivalEngine): Promise<string | null> {
  const module = portableRivals[engine];
  if (module === undefined)
    return `${engine} is not measured on boards: ${Object.keys(portableRivals).join(', ')} are`;
  const script = `PYTHONPATH=${quoted(packagesIn(place))} python3 -c 'import numpy, ${module}'`;
  const { code, stderr } = await connection.run(`sh -c ${quoted(script)}`);
  if (code === 0) return null;
  const said = stderr.trim().split('\n').at(-1) || `exit code ${code}`;
  const install = `python3 -m pip install --target ${packagesIn(place)} ${pinsFor(engine).join(' ')}`;
  return `the board cannot run it (${said}). There: ${install}`;
}

/** The program that runs rivals, in a folder of its own: modules are found by their names. */
interface Program {
  files: Map<string, BoardFile>;
  folder: string;
}

function programIn({ folder }: Place): Program {
  const files = new Map([...rivalSources()].map(([name, bytes]) => [name, boardFile(bytes)]));
  const hashes = [...files.values()].map(({ sha256 }) => sha256).join();
  return { files, folder: `${folder}/rival-${sha256Hex(hashes).slice(0, 12)}` };
}

/** Makes that folder of deployed files, unless it is there. */
function unpack(place: Place, { files, folder }: Program): string {
  const [done, making] = [quoted(folder), quoted(`${folder}.new`)];
  const copies = [...files].map(([name, file]) => `cp ${pathOf(place, file)} ${making}/${name}`);
  const steps = [`rm -rf ${making}`, `mkdir -p ${making}/engines`, ...copies, `mv ${making} ${done}`];
  return `{ [ -d ${done} ] || { ${steps.join(' && ')}; }; }`;
}

/** A rival on a model, by the requests of rivals/python/rival.py. Every call is a process of its own, as our runner's are. */
export function rivalSubject(place: Place, engine: RivalEngine, job: BoardJob): Subject {
  const program = programIn(place);
  const command = (request: Request) => {
    const feed = requestsFor(request, engine, place.threads).map(([header, body]) => {
      const file = body === null ? null : job[body];
      const line = JSON.stringify({ ...header, bytes: file?.bytes.length ?? 0 });
      return `printf '%s\\n' ${quoted(line)}${file ? `; cat ${pathOf(place, file)}` : ''}`;
    });
    const environment = `env PYTHONPATH=${quoted(packagesIn(place))} PYTHONDONTWRITEBYTECODE=1`;
    const python = `${pinned(place)}${environment} python3 ${quoted(`${program.folder}/rival.py`)}`;
    return `${unpack(place, program)} && { ${feed.join('; ')}; } | ${python}`;
  };
  const parse = (text: string) => parseRival(text, engine, place.host);
  const files = [...program.files.values(), job.tflite, job.input];
  return { job, isOurs: false, files, command, parse };
}

type RivalRequest = [header: Record<string, unknown>, body: 'tflite' | 'input' | null];

/** Runs that warm up an engine of which nothing is known yet. */
const firstWarmUp = 10;

function requestsFor(
  { rounds, samples, batch, warmMs, ns }: Request,
  engine: RivalEngine,
  threads: number,
): RivalRequest[] {
  const time = (samples: number, batch: number, untimed: number): RivalRequest => [
    { do: 'time', samples, batch, copy: 0, untimed },
    'input',
  ];
  const warmUp = ns === null ? firstWarmUp : runsIn(warmMs, ns);
  return [
    [{ do: 'load', engine, threads }, 'tflite'],
    time(1, 1, 0),
    [{ do: 'memory' }, null],
    ...Array.from({ length: rounds }, (_, i) => time(samples, batch, i === 0 ? warmUp : 1)),
    [{ do: 'memory' }, null],
  ];
}

const refused = z.object({ error: z.string() });
const loaded = z.object({ load_ms: z.number(), versions: z.record(z.string(), z.string()) });
const timed = z.object({ ns: z.array(z.number().nonnegative()).min(1) });
const memory = z.object({ peak_rss_bytes: z.number().int(), cpu_ns: z.number().int() });

/** @throws RivalRefusal when it refuses the model; BoardError when it printed something else */
function parseRival(text: string, engine: RivalEngine, host: string): Answer {
  try {
    const answers: unknown[] = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const refusal = answers
      .map((answer) => refused.safeParse(answer).data)
      .find((data) => data !== undefined);
    if (refusal)
      throw new RivalRefusal(`${engine}: ${refusal.error}`, { code: 'RIVAL_REFUSES', where: engine });
    const { load_ms, versions } = loaded.parse(answers[0]);
    const atFirst = memory.parse(answers[2]);
    return {
      engine,
      version: Object.entries(versions).find(([name]) => name !== 'numpy')?.[1] ?? null,
      loadNs: load_ms * 1e6,
      firstNs: timed.parse(answers[1]).ns[0]!,
      peakRssBytes: atFirst.peak_rss_bytes,
      arenaBytes: null,
      rounds: answers.slice(3, -1).map((answer) => timed.parse(answer).ns),
      cpuNs: memory.parse(answers.at(-1)).cpu_ns,
    };
  } catch (cause) {
    if (cause instanceof RivalRefusal) throw cause;
    throw unexpected(host, `the answers of ${engine}`, text, cause);
  }
}
