import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '@weightfold/base';

const shipped = new URL('../configs/', import.meta.url);
const extensions = ['.ts', '.mts', '.js', '.mjs', '.json', '.yaml', '.yml', '.toml'];
const standardName = 'weightfold.config';

/** A configuration as it stands in a file, before environment and flags are laid over it. */
export interface RawConfig {
  /** Short name for the run folder: `demo`, or the file's name without its extensions. */
  name: string;
  file: string;
  values: Record<string, unknown>;
}

/** Names of the configurations that come with weightfold. */
export function shippedConfigs(): string[] {
  const files = fs.readdirSync(fileURLToPath(shipped));
  return files.map((file) => path.parse(file).name).sort();
}

/**
 * Finds and reads a configuration: a file, the name of a shipped one, or, when nothing is given,
 * weightfold.config.{ts,js,json,yaml,toml} in the current folder.
 */
export async function readConfig(given: string | undefined): Promise<RawConfig> {
  const file = given === undefined ? standardFile() : namedFile(given);
  const values = await readValues(file);
  const base = path.basename(file, path.extname(file)).replace(/\.config$/, '');
  return { name: base, file, values };
}

function standardFile(): string {
  const found = extensions
    .map((extension) => path.resolve(standardName + extension))
    .find((file) => fs.existsSync(file));
  if (found) return found;
  throw new UsageError('No configuration was given, and none is in this folder', {
    code: 'NO_CONFIG',
    where: process.cwd(),
    expected: `-c CONFIG, or ${standardName}.{ts,js,json,yaml,toml} here`,
    hint: `Configurations that come with weightfold: ${shippedConfigs().join(', ')} (-c NAME).`,
  });
}

function namedFile(given: string): string {
  const file = path.resolve(given);
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (stat?.isFile()) return file;
  if (shippedConfigs().includes(given)) return fileURLToPath(new URL(`${given}.json`, shipped));
  throw new UsageError(
    stat?.isDirectory() ? `The configuration ${given} is a folder` : `No configuration ${given}`,
    {
      code: 'NO_CONFIG',
      where: file,
      expected: `a file, or one of ${shippedConfigs().join(', ')}`,
      received: given,
    },
  );
}

/**
 * Reads one file of data, or of code (.ts, .js), whose default export counts.
 * @throws UsageError when it cannot be read, or holds something else than keys and values
 */
export async function readValues(file: string): Promise<Record<string, unknown>> {
  const extension = path.extname(file);
  if (!extensions.includes(extension)) {
    throw new UsageError(`${file} has an unknown extension`, {
      where: file,
      expected: extensions.join(', '),
      received: extension,
    });
  }
  const values = await parseFile(file, extension).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${file} cannot be read: ${reason}`, {
      code: 'CONFIG_SYNTAX',
      where: file,
      cause: error,
    });
  });
  if (typeof values === 'object' && values !== null && !Array.isArray(values))
    return values as Record<string, unknown>;
  const received = values === undefined ? 'nothing' : JSON.stringify(values);
  throw new UsageError(`${file}: expected keys and values but received ${received}`, {
    code: 'BAD_CONFIG',
    where: file,
    expected: 'keys and values',
    received,
  });
}

async function parseFile(file: string, extension: string): Promise<unknown> {
  if (/^\.m?[jt]s$/.test(extension)) {
    const { createJiti } = await import('jiti');
    const module = await createJiti(import.meta.url, { interopDefault: false }).import<object>(file);
    return 'default' in module ? module.default : module; // CommonJS has none
  }
  const { parseJSON, parseTOML, parseYAML } = await import('confbox');
  const parse = extension === '.json' ? parseJSON : extension === '.toml' ? parseTOML : parseYAML;
  return parse(fs.readFileSync(file, 'utf8'));
}

/** What may be set beside the file; a value that is undefined leaves what is below it. */
export interface Overrides {
  seed?: number | undefined;
  recipe?: unknown;
}

/** The environment's part: WEIGHTFOLD_SEED, WEIGHTFOLD_RECIPE. */
export function environmentOverrides(env: NodeJS.ProcessEnv = process.env): Overrides {
  const { WEIGHTFOLD_SEED: seed, WEIGHTFOLD_RECIPE: recipe } = env;
  if (seed !== undefined && !/^\d+$/.test(seed)) {
    throw new UsageError('WEIGHTFOLD_SEED is no seed', {
      where: 'environment',
      expected: 'a whole number',
      received: seed,
    });
  }
  return { seed: seed === undefined ? undefined : Number(seed), recipe: recipe || undefined };
}

/** Flag over environment over file. The file's defaults come later, from the optimizer's schema. */
export function overlay(file: Record<string, unknown>, ...above: Overrides[]): Record<string, unknown> {
  const result = { ...file };
  for (const layer of above) {
    for (const [key, value] of Object.entries(layer)) if (value !== undefined) result[key] = value;
  }
  return result;
}

/**
 * The RECIPE argument: the name of a recipe stays as it is, anything that looks like a path is read. The optimizer checks
 * what comes out.
 */
export async function readRecipe(given: string | undefined): Promise<unknown> {
  if (given === undefined || !/[./\\]/.test(given)) return given;
  const file = path.resolve(given);
  if (fs.statSync(file, { throwIfNoEntry: false })?.isFile()) return readValues(file);
  throw new UsageError(`No recipe ${given}`, {
    code: 'NO_RECIPE',
    where: file,
    expected: 'a file or the name of a recipe',
  });
}
