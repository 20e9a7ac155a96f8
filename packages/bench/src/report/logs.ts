import fs from 'node:fs';
import path from 'node:path';
import type { ProgressEvent } from '@weightfold/optimizer';
import type { Attempt, TrainingPoint } from './document.js';

/** Logged steps of the stages named, in their order; of steps that a resumed run made again, the last. */
export function readTraining(runDir: string, stages: string[]): TrainingPoint[] {
  const byStep = new Map<string, TrainingPoint>();
  for (const event of readEvents(path.join(runDir, 'metrics.jsonl'))) {
    const { stage, step, loss, accuracy = null, zeroFraction: pruned = null } = event;
    if (stage === undefined || step === undefined || loss === undefined || !stages.includes(stage)) continue;
    byStep.set(`${stage} ${step}`, { stage, step, loss, accuracy, pruned });
  }
  const order = ({ stage }: TrainingPoint) => stages.indexOf(stage);
  return [...byStep.values()].sort((a, b) => order(a) - order(b) || a.step - b.step);
}

/** Trainings of searches for the smallest file, each once. */
export function readAttempts(runDir: string): Attempt[] {
  const byName = new Map<string, Attempt>();
  for (const { stage, attempt } of readEvents(path.join(runDir, 'events.jsonl')))
    if (stage !== undefined && attempt) byName.set(attempt.name, { stage, ...attempt });
  return [...byName.values()];
}

/** Lines of a log file. */
function readEvents(file: string): ProgressEvent[] {
  return fs.existsSync(file) ? parseEvents(fs.readFileSync(file, 'utf8')) : [];
}

/** Lines of a log. A killed process may leave half of one; it is left out. */
export function parseEvents(text: string): ProgressEvent[] {
  return text.split('\n').flatMap(parseLine);
}

function parseLine(line: string): ProgressEvent[] {
  try {
    const event: unknown = JSON.parse(line);
    return typeof event === 'object' && event !== null ? [event as ProgressEvent] : [];
  } catch {
    return [];
  }
}
