import { z } from 'zod';

// What `weightfold bench --json` writes and `bench diff` and reports read. docs/formats/bench.schema.json is made from this by
// `npm run bench:schema`. Keys without which scripts would break (docs/cli.md) keep their names and meanings.

const interval = z.tuple([z.number(), z.number()]).describe('lower and upper bound');
const bytes = z.number().int().nonnegative();

export const verdicts = ['faster', 'slower', 'not distinguishable'] as const;

const rowSchema = z.object({
  model: z.string().describe('the file as it was named'),
  engine: z.string().describe('weightfold-ISA, or the name of a rival'),
  version: z.string().nullable().describe('version of the engine'),
  threads: z.number().int().positive(),
  runs: z.number().int().positive().describe('measured inferences'),
  runsPerSample: z
    .number()
    .int()
    .positive()
    .default(1)
    .describe('inferences in a row that a sample is the mean of; 1 but for those below 5 µs'),
  medianUs: z.number(),
  minUs: z.number(),
  p5Us: z.number(),
  p95Us: z.number(),
  p99Us: z.number(),
  madUs: z.number().describe('median absolute deviation from the median'),
  ci95Us: interval.describe('95 % interval of the median, by bootstrap of whole rounds'),
  loadMs: z.number().describe('loading the model, in a fresh process'),
  firstUs: z.number().nullable().describe('first inference after loading, in a fresh process'),
  peakRssBytes: bytes.nullable().describe('peak resident memory of a fresh process after one inference'),
  arenaBytes: bytes.nullable().describe('memory of all activations'),
  fileBytes: bytes.describe('the model as a .tflite'),
  wfzBytes: bytes.nullable().describe('the model packed; null when it was not'),
  trusted: z.boolean(),
  reasons: z.array(z.string()).describe('why it is not to be trusted'),
});

const ratioSchema = z.object({
  model: z.string(),
  engine: z.string(),
  versus: z.string(),
  ratio: z.number().describe('how many times as fast engine is as versus: median over rounds'),
  ci95: interval,
  ci99: interval,
  verdict: z
    .enum(verdicts)
    .describe('of engine beside versus: by the 99 % interval and an effect of at least 1 %'),
});

const soakSchema = z.object({
  model: z.string(),
  engine: z.string(),
  seconds: z.number(),
  windows: z.array(
    z.object({
      seconds: z.number().describe('since the start'),
      runs: z.number().int(),
      medianUs: z.number(),
      p95Us: z.number(),
      p99Us: z.number(),
      maxUs: z.number(),
      frequencyMHz: z.number().nullable(),
      temperatureC: z.number().nullable(),
      rssBytes: bytes.nullable(),
    }),
  ),
  drift: z.number().describe('median of the last tenth of the windows as a part of that of the first'),
});

const profileSchema = z.object({
  model: z.string(),
  engine: z.string(),
  runs: z.number().int(),
  threads: z.number().int().positive(),
  totalUs: z.number().describe("sum of the ops' medians"),
  memory: z
    .object({
      arena: bytes.describe('for activations'),
      live: bytes.describe('of the arena, needed at once'),
      state: bytes.describe('kept between inferences'),
      scratch: bytes.describe('of all threads'),
      packed: bytes.describe('weights as kernels read them'),
    })
    .describe('bytes'),
  ops: z.array(
    z.object({
      kind: z.string().describe('of the op in the plan'),
      operator: z.string().describe('of the model, that it came from'),
      source: z.number().int().describe('index of that operator'),
      output: z.string().describe('tensor that it writes'),
      kernel: z.string(),
      us: z.number().describe('median'),
      macs: z.number(),
      share: z.number().describe('of the sum'),
    }),
  ),
});

const stateSchema = z.object({
  frequencyMHz: z.number().nullable().describe('of the fastest CPU in use'),
  temperatureC: z.number().nullable().describe('of the hottest zone'),
  throttled: z.array(z.string()).nullable().describe('flags of a Raspberry Pi; null elsewhere'),
  load1: z.number().nullable().describe('load average of the last minute'),
});

const contextSchema = z.object({
  date: z.string().describe('ISO 8601'),
  host: z.string(),
  cpu: z.string().describe('model name'),
  cores: z.number().int(),
  features: z.array(z.string()).describe('as in /proc/cpuinfo'),
  arch: z.string().describe('as uname -m tells'),
  kernel: z.string(),
  governors: z.array(z.string()).describe('of the CPUs in use; empty when the kernel tells none'),
  pinned: z.array(z.number().int()).nullable().describe('CPUs that the run was pinned to'),
  emulated: z.string().nullable().describe('why this is an emulator'),
  before: stateSchema,
  after: stateSchema,
  others: z
    .array(
      z.object({
        name: z.string(),
        pid: z.number().int(),
        cpus: z.number().describe('1: one CPU, all the time'),
      }),
    )
    .describe('other processes that used the CPUs meanwhile, and are still there'),
  othersCpus: z
    .number()
    .nullable()
    .default(null)
    .describe(
      'what all others used, also processes that have ended, and the kernel; 1: one CPU, all the time',
    ),
  stolen: z.number().nullable().describe('part of the time that the hypervisor gave to others'),
});

const boardSchema = z.object({
  host: z.string(),
  arch: z.string(),
  bits: z.number().nullable().default(null).describe('of its programs: a 64-bit kernel may have 32-bit ones'),
  node: z.string().nullable().describe('version of Node there'),
  libc: z.string().nullable(),
  runner: z.string().describe('sha256 of the runner'),
  reconnects: z.number().int().describe('how often the connection was lost and made again'),
  outputs: z.array(
    z.object({
      model: z.string(),
      sha256: z.string(),
      equal: z.boolean().describe("to this machine's outputs, bit for bit"),
    }),
  ),
});

export const benchSchema = z.object({
  schemaVersion: z.literal(1).optional(),
  command: z.literal('bench').optional(),
  settings: z.object({
    seed: z.number().int().describe('of the order of contenders in each round'),
    rounds: z.number().int(),
    minSeconds: z.number().nullable(),
    runs: z.number().int().nullable(),
    threads: z.number().int(),
    input: z.string().nullable().describe('.npy that was run on; null: seeded noise'),
  }),
  context: contextSchema,
  results: z.array(rowSchema),
  ratios: z.array(ratioSchema),
  samples: z
    .array(
      z.object({
        model: z.string(),
        engine: z.string(),
        rounds: z
          .array(z.array(z.number()))
          .describe(
            'nanoseconds of inferences, by round: all, or some 40,000 evenly spaced; rounds of all engines of a model belong together',
          ),
      }),
    )
    .describe('what the figures were computed from'),
  refused: z
    .array(z.object({ model: z.string(), engine: z.string(), reason: z.string() }))
    .describe('engines that cannot run a model, or failed while they did'),
  absent: z
    .array(z.object({ engine: z.string(), reason: z.string() }))
    .describe('contenders that cannot be had here'),
  assertions: z
    .array(
      z.object({
        assertion: z.string(),
        model: z.string(),
        engine: z.string(),
        value: z.number().nullable(),
        ok: z.boolean(),
      }),
    )
    .optional(),
  soak: z.array(soakSchema).optional(),
  board: boardSchema.optional(),
  profiles: z.array(profileSchema).optional().describe('with --profile: what each op takes'),
  trusted: z.boolean().describe('every row is'),
  reasons: z.array(z.string()).describe('what speaks against the whole run'),
});

export type BenchResult = z.infer<typeof benchSchema>;
export type BenchRow = z.infer<typeof rowSchema>;
export type BenchRatio = z.infer<typeof ratioSchema>;
export type BenchContext = z.infer<typeof contextSchema>;
export type MachineState = z.infer<typeof stateSchema>;
export type Soak = z.infer<typeof soakSchema>;
export type BenchProfile = z.infer<typeof profileSchema>;
export type Verdict = (typeof verdicts)[number];

/** The JSON Schema (draft 2020-12) of the document. Further keys are allowed: profiles and the like may be added. */
export function benchJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(benchSchema, { io: 'input' }),
    title: 'weightfold bench --json',
    description:
      'Latency, memory and sizes of models in several engines, with the samples and the circumstances.',
  };
}
