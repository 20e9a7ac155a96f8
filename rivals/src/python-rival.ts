import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { RivalError } from './errors.js';

/** LiteRT with XNNPACK, LiteRT with its reference kernels, TensorFlow Lite Micro: what `installRivals` installs. */
export const rivalEngines = ['litert', 'litert-ref', 'tflm'] as const;
/** Those, XNNPACK without AMX, and ONNX Runtime (`installOnnxRuntime`). */
export type RivalEngine = (typeof rivalEngines)[number] | 'litert-noamx' | 'ort';

/** An input of a model, as the rival tells it. */
export interface RivalTensor {
  shape: number[];
  /** numpy's name: int8, float32. */
  dtype: string;
  bytes: number;
}

/** What a rival tells of a model that it has loaded. */
export interface RivalModel {
  loadMs: number;
  /** Processor time of all its threads meanwhile. */
  loadCpuMs: number;
  inputs: RivalTensor[];
  /** Versions of the Python packages in use, by name. */
  versions: Record<string, string>;
}

/** What a rival answers: figures, and bytes when there are outputs. */
interface Answer {
  header: Record<string, unknown>;
  body: Buffer;
}

interface Options {
  pythonPath: string;
  /** Threads of the runtime, 1 when not given. */
  threads?: number;
  /** How long an answer may take; then the process is killed. Ten minutes when not given. */
  limitSeconds?: number;
}

const script = fileURLToPath(new URL('../python/rival.py', import.meta.url));

/**
 * A rival runtime in a Python process of its own: some models make it abort, and some make it hang. Requests and answers are a
 * line of JSON, which tells how many bytes follow it (python/rival.py). All methods throw RivalError when the rival refuses,
 * ends or does not answer in time.
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
    private readonly options: Options,
  ) {
    const env = {
      ...process.env,
      PYTHONPATH: options.pythonPath,
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

  /** Starts a rival's process. */
  static start(engine: RivalEngine, options: Options): PythonRival {
    return new PythonRival(engine, options);
  }

  /** Loads a model, in place of the one before. */
  async load(model: Uint8Array): Promise<RivalModel> {
    const { engine } = this;
    const { header } = await this.ask({ do: 'load', engine, threads: this.options.threads ?? 1 }, model);
    return {
      loadMs: header.load_ms as number,
      loadCpuMs: header.load_cpu_ms as number,
      inputs: header.inputs as RivalTensor[],
      versions: header.versions as Record<string, string>,
    };
  }

  /** Runs examples one after the other: all inputs of the first, then of the second. Returns their outputs the same way. */
  async invoke(examples: Uint8Array, count: number): Promise<Uint8Array> {
    return (await this.ask({ do: 'invoke', count }, examples)).body;
  }

  /** Loads the model `count` times more, elsewhere in memory. */
  async copy(count: number): Promise<void> {
    await this.ask({ do: 'copy', count });
  }

  /** Loads the model `count` times, each freed before the next, and tells what each took; what `load` and `copy` made stays. */
  async timeLoads(count: number): Promise<{ ms: number; cpuMs: number }[]> {
    const { header } = await this.ask({ do: 'loads', count });
    return (header.loads as { ms: number; cpu_ms: number }[]).map(({ ms, cpu_ms }) => ({
      ms,
      cpuMs: cpu_ms,
    }));
  }

  /**
   * Nanoseconds of an invocation on one example in each of so many samples, means of `batch` in a row, after `untimed` ones, of the
   * model's copy of that number.
   */
  async time(
    example: Uint8Array,
    samples: number,
    { batch = 1, copy = 0, untimed = 0 }: { batch?: number; copy?: number; untimed?: number } = {},
  ): Promise<number[]> {
    const { header } = await this.ask({ do: 'time', samples, batch, copy, untimed }, example);
    return header.ns as number[];
  }

  /** One invocation on zeros: microseconds by the clock, and of processor time. */
  async timeFirst({ inputs }: RivalModel): Promise<{ us: number; cpuUs: number }> {
    const zeros = new Uint8Array(inputs.reduce((sum, { bytes }) => sum + bytes, 0));
    const { header } = await this.ask({ do: 'time', samples: 1, batch: 1, copy: 0, untimed: 0 }, zeros);
    return { us: (header.ns as number[])[0]! / 1000, cpuUs: (header.cpu_ns as number) / 1000 };
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
    return new Promise<Answer>((resolve, reject) => {
      if (this.ended !== null) return reject(this.error(this.ended));
      if (this.waiting !== null) return reject(this.error('it is answering another request'));
      const seconds = this.options.limitSeconds ?? 600;
      const limit = setTimeout(() => {
        this.fail(`it did not answer '${request.do}' within ${seconds} s`);
        this.child.kill('SIGKILL');
      }, seconds * 1000);
      this.waiting = {
        resolve: (answer) => {
          clearTimeout(limit);
          resolve(answer);
        },
        reject: (error) => {
          clearTimeout(limit);
          reject(error);
        },
      };
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

  private error(reason: string): RivalError {
    return new RivalError(`${this.engine}: ${reason}`, { code: 'RIVAL_FAILED', where: this.engine });
  }
}
