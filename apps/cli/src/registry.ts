import type { Command } from 'commander';
import type { Result, Session } from './session.js';
import { benchVerb } from './verbs/bench.js';
import { compressVerb } from './verbs/compress.js';
import { datasetsVerb } from './verbs/datasets.js';
import { decompressVerb } from './verbs/decompress.js';
import { diffVerb } from './verbs/diff.js';
import { doctorVerb } from './verbs/doctor.js';
import { evalVerb } from './verbs/eval.js';
import { inspectVerb } from './verbs/inspect.js';
import { optimizeVerb } from './verbs/optimize.js';
import { quantizeVerb } from './verbs/quantize.js';
import { reportVerb } from './verbs/report.js';
import { runVerb } from './verbs/run.js';
import { sensitivityVerb } from './verbs/sensitivity.js';
import { verifyVerb } from './verbs/verify.js';
import { viewVerb } from './verbs/view.js';

/** Wraps what a verb does into commander's action: makes the session, prints the result. */
export type Act = <Args extends unknown[]>(
  handler: (session: Session, ...args: Args) => Promise<Result>,
) => (...args: Args) => Promise<void>;

/** Adds one verb with its arguments, options and example to the program. Imports packages only when it runs. */
export type DefineVerb = (program: Command, act: Act) => Command;

/** Every verb, in the order of the help. */
export const verbs: DefineVerb[] = [
  doctorVerb,
  inspectVerb,
  diffVerb,
  datasetsVerb,
  optimizeVerb,
  sensitivityVerb,
  quantizeVerb,
  compressVerb,
  decompressVerb,
  verifyVerb,
  runVerb,
  evalVerb,
  benchVerb,
  reportVerb,
  viewVerb,
];
