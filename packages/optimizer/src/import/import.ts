import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { namingFile, UsageError } from '@weightfold/base';
import { unzipSync } from 'fflate';
import type { ImportedModel } from './imported-model.js';
import { buildFromKeras } from './keras/build.js';
import { parseModel } from './keras/config.js';
import { badFile, openH5, parseJson, type WeightSource } from './keras/weights.js';
import { importGraphModel } from './tfjs/graph-model.js';
import { openLayersModel } from './tfjs/layers-model.js';
import type { ModelJson } from './tfjs/weights.js';
import { importTflite } from './tflite.js';

/**
 * Reads a float network from a file: .tflite, Keras' .h5 (whole model) and .keras, tfjs' model.json (LayersModel and GraphModel), or a Keras configuration
 * (.json of `model.to_json()`) with its weights in another file.
 * @throws UsageError for a file of another kind; UnsupportedError naming a layer that has no equivalent; OptimizerError and
 * TfliteError for damaged files
 */
export async function importModel(file: string, options: { weights?: string } = {}): Promise<ImportedModel> {
  switch (path.extname(file).toLowerCase()) {
    case '.tflite': {
      const bytes = new Uint8Array(fs.readFileSync(file));
      return namingFile(file, () => importTflite(bytes));
    }
    case '.h5':
    case '.hdf5':
      return buildAndClose(await openH5(file), file);
    case '.keras':
      return importKerasArchive(file);
    case '.json':
      return importJson(file, options.weights);
    default:
      throw new UsageError(`${file}: expected a .tflite, .h5, .keras or .json`, {
        where: file,
        expected: '.tflite, .h5, .keras, model.json',
        received: path.extname(file) || 'no extension',
      });
  }
}

async function importJson(file: string, weights: string | undefined): Promise<ImportedModel> {
  const json = parseJson(fs.readFileSync(file, 'utf8'), file) as ModelJson;
  if (json?.modelTopology?.node) return importGraphModel(file, json);
  if (json?.modelTopology) return buildAndClose(openLayersModel(file, json), file);
  if (weights === undefined) {
    throw new UsageError(`${file}: a Keras configuration has no weights`, {
      where: file,
      expected: 'the file of its weights',
      hint: 'add --weights FILE.weights.h5',
    });
  }
  return buildAndClose({ ...(await openH5(weights)), config: json }, file);
}

function buildAndClose(source: WeightSource & { config: unknown }, file: string): ImportedModel {
  try {
    if (source.config === null)
      throw new UsageError(`${file}: expected a whole model but received weights alone`, {
        code: 'WEIGHTS_ONLY',
        where: file,
        expected: 'a whole model (with model_config)',
        received: 'weights alone',
        hint: `Give the Keras configuration, and these as --weights: CONFIGURATION.json --weights ${file}`,
      });
    return buildFromKeras(parseModel(source.config, file), source);
  } finally {
    source.close();
  }
}

/** A .keras file is a zip archive of config.json and model.weights.h5. */
async function importKerasArchive(file: string): Promise<ImportedModel> {
  const parts = unzip(file, ['config.json', 'model.weights.h5']);
  const config = parseJson(new TextDecoder().decode(parts['config.json']), `${file}: config.json`);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weightfold-keras-'));
  try {
    const weights = path.join(folder, 'model.weights.h5');
    fs.writeFileSync(weights, parts['model.weights.h5']!);
    return buildAndClose({ ...(await openH5(weights)), config }, file);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Deflate makes nothing smaller than this many times (RFC 1951: 258 bytes in 2 bits): a larger claim is false. */
const largestRatio = 1032;

function unzip(file: string, names: string[]): Record<string, Uint8Array> {
  const bytes = new Uint8Array(fs.readFileSync(file));
  let parts: Record<string, Uint8Array>;
  try {
    parts = unzipSync(bytes, {
      filter: ({ name, originalSize, size }) =>
        names.includes(name) && originalSize <= largestRatio * (size + 64),
    });
  } catch (cause) {
    throw badFile(file, `a zip archive, as Keras 3 writes .keras files (${(cause as Error).message})`);
  }
  const missing = names.find((name) => !parts[name]);
  if (missing) throw badFile(file, `a zip archive with ${missing}`);
  return parts;
}
