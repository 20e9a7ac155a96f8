import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { BenchError } from '../errors.js';

export type RivalEngine = 'litert' | 'litert-ref' | 'tflm';
export const rivalEngines: RivalEngine[] = ['litert', 'litert-ref', 'tflm'];

/** What a rival answers: figures, and bytes when there are outputs. */
interface Answer {
  header: Record<string, unknown>;
  body: Buffer;
}

const script = fileURLToPath(new URL('../../python/rival.py', import.meta.url));

/**
 * A rival runtime in a Python process of its own. Requests and answers are a line of JSON, which tells how many bytes follow
 * it (python/rival.py).
 */
export class PythonRival {
  private readonly child: ChildProcessWithoutNullStreams;
  private buffered = Buffer.alloc(0);
  private errors = '';
  private waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | null = null;
  /** Why the process ended, once it has. */
  private ended: string | null = null;

  private constructor(
    readonly engine: RivalEngine,
    pythonPath: string,
  ) {
    const env = {
      ...process.env,
      PYTHONPATH: pythonPath,
      TF_CPP_MIN_LOG_LEVEL: '2',
      PYTHONDONTWRITEBYTECODE: '1',
    };
    this.child = spawn('python3', [script], { env });
    this.child.stdout.on('data', (piece: Buffer) => this.receive(piece));
    this.child.stderr.on('data', (piece: Buffer) => {
      this.errors = (this.errors + piece.toString()).slice(-2000);
    });
    this.child.on('error', (error) => this.fail(error.message));
    this.child.on('close', (code, signal) =>
      this.fail(`its process ended with ${signal ?? `exit code ${code}`}`),
    );
    this.child.stdin.on('error', () => {}); // told by 'close'
  }

  /** Starts the rival and loads a model. @throws BenchError when it refuses the model */
  static async load(
    engine: RivalEngine,
    model: Uint8Array,
    pythonPath: string,
    threads = 1,
  ): Promise<PythonRival> {
    const rival = new PythonRival(engine, pythonPath);
    try {
      const { header } = await rival.ask({ do: 'load', engine, threads }, model);
      rival.loadMs = header.load_ms as number;
      rival.versions = header.versions as Record<string, string>;
      return rival;
    } catch (error) {
      rival.close();
      throw error;
    }
  }

  loadMs = 0;
  /** Versions of the Python packages in use, by name. */
  versions: Record<string, string> = {};

  /** Runs examples one after the other: all inputs of the first, then of the second. Returns their outputs the same way. */
  async invoke(examples: Uint8Array, count: number): Promise<Uint8Array> {
    return (await this.ask({ do: 'invoke', count }, examples)).body;
  }

  /** Nanoseconds of each of `runs` invocations on one example. */
  async time(example: Uint8Array, runs: number): Promise<number[]> {
    return (await this.ask({ do: 'time', runs }, example)).header.ns as number[];
  }

  /** Peak resident memory of the rival's process in bytes. */
  async peakRssBytes(): Promise<number> {
    return (await this.ask({ do: 'memory' })).header.peak_rss_bytes as number;
  }

  close(): void {
    this.child.stdin.end();
    this.child.kill();
  }

  private ask(request: Record<string, unknown>, body: Uint8Array = new Uint8Array(0)): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.ended !== null) return reject(this.error(this.ended));
      if (this.waiting !== null) return reject(this.error('it is answering another request'));
      this.waiting = { resolve, reject };
      this.child.stdin.write(`${JSON.stringify({ ...request, bytes: body.length })}\n`);
      this.child.stdin.write(body);
    });
  }

  private receive(piece: Buffer): void {
    this.buffered = Buffer.concat([this.buffered, piece]);
    const end = this.buffered.indexOf(10);
    if (end < 0) return;
    const header = JSON.parse(this.buffered.subarray(0, end).toString()) as Record<string, unknown>;
    const total = end + 1 + (header.bytes as number);
    if (this.buffered.length < total) return;
    const body = Buffer.from(this.buffered.subarray(end + 1, total));
    this.buffered = this.buffered.subarray(total);
    const waiting = this.waiting;
    this.waiting = null;
    if (header.error) waiting?.reject(this.error(String(header.error)));
    else waiting?.resolve({ header, body });
  }

  private fail(reason: string): void {
    this.ended ??= `${reason}\n${this.errors}`.trim();
    this.waiting?.reject(this.error(this.ended));
    this.waiting = null;
  }

  private error(reason: string): BenchError {
    return new BenchError(`${this.engine}: ${reason}`, { code: 'RIVAL_FAILED', where: this.engine });
  }
}
