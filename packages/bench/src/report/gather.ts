import fs from 'node:fs';
import path from 'node:path';
import { openContainer } from '@weightfold/container';
import { parseConfig, type StageSpec } from '@weightfold/optimizer/config';
import { resolveStages } from '@weightfold/optimizer/recipes';
import type { BenchResult } from '../measure/schema.js';
import type { ReportDocument, ReportLayer, ReportStage, Rival } from './document.js';
import { layerName } from './format.js';
import { readAttempts, readTraining } from './logs.js';
import { type FinishedStage, readResult } from './result.js';
import { bitsPerWeight } from './stage-table.js';

/**
 * Everything that a report tells of a finished run, from its folder.
 * @param beside files of others that it is to be compared with, as they were recorded, and a measurement of its models
 * @throws BenchError when the folder holds no finished run, or its result is damaged
 */
export function gatherReport(
  runDir: string,
  { rivals = [], bench = null }: { rivals?: Rival[]; bench?: BenchResult | null } = {},
): ReportDocument {
  const { stages, provenance } = readResult(runDir);
  const { config, dataset } = provenance;
  const specs = new Map(resolveStages(parseConfig(config)).map((spec) => [spec.name, spec]));
  return {
    schemaVersion: 1,
    title: `${config.model.name} on ${dataset.name}`,
    stages: stages.map((stage) => stageOf(runDir, stage, specs.get(stage.name))),
    training: readTraining(
      runDir,
      stages.map(({ name }) => name),
    ),
    attempts: readAttempts(runDir),
    rivals,
    bench,
    provenance,
  };
}

function stageOf(runDir: string, stage: FinishedStage, spec: StageSpec | undefined): ReportStage {
  const { densities, wfz, ...kept } = stage;
  const layers = stage.layers.map((layer): ReportLayer => {
    const density = densities.find((one) => one.layer === layerName(layer.name));
    const { elements, zeros, distinct, entropyBits } = layer;
    const shape = { float: density?.float ?? null, codes: density?.int8.counts ?? null };
    return { name: layerName(layer.name), elements, zeros, distinct, entropyBits, ...shape };
  });
  return {
    ...kept,
    from: spec?.from ?? null,
    constraints: spec?.constraints.map(({ type }) => type) ?? [],
    lambda: spec?.constraints.flatMap((one) => (one.type === 'rate' ? one.lambda : []))[0] ?? null,
    zipCompression: 1 - stage.zipBytes / stage.bytes,
    wfzCompression: 1 - stage.wfzBytes / stage.bytes,
    bitsPerWeight: bitsPerWeight({ layers }),
    content: contentOf(path.join(runDir, wfz)),
    layers,
  };
}

/** Runs of zeros are zero points, but for a little padding. */
const uses = {
  tensor: 'weights',
  biases: 'biases',
  scales: 'quantization',
  zeros: 'quantization',
  structure: 'structure',
  other: 'structure',
} as const;

/** What the bytes of a .tflite and its .wfz are for, by the blocks of the container. */
function contentOf(wfz: string): ReportStage['content'] {
  if (!fs.existsSync(wfz)) return null;
  const file = new Uint8Array(fs.readFileSync(wfz));
  const { blocks } = openContainer(file);
  const plain = { weights: 0, biases: 0, quantization: 0, structure: 0 };
  const coded = { ...plain };
  for (const { kind, length, codedLength } of blocks) {
    plain[uses[kind]] += length;
    coded[uses[kind]] += codedLength;
  }
  const codedBytes = Object.values(coded).reduce((sum, bytes) => sum + bytes, 0);
  return { plain, coded, headerBytes: file.length - codedBytes };
}
