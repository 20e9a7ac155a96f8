import fs from 'node:fs';
import { Dataset, File, type Group } from 'h5wasm/node';
import { OptimizerError } from '../../errors.js';
import type { KerasLayer } from './config.js';
import { clearDiagnosis, floatReader, hdf5Ready, lastDiagnosis } from './hdf5.js';

/** Where a model's arrays are. */
export interface WeightSource {
  /**
   * A layer's array, or undefined when the source has none.
   * @param path the layer's name, behind those of the models that it is in
   * @param role what Keras calls it: kernel, bias, gamma
   * @param index its place among the layer's arrays
   */
  find(layer: KerasLayer, path: LayerPath, role: string, index: number): Float32Array | undefined;
  close(): void;
}

/** A layer's place in a model: its own step, behind those of the models that it is in. */
export type LayerPath = { name: string; byClass: string }[];

type Find = (...layer: Parameters<WeightSource['find']>) => Dataset | null | undefined;

/** The first bytes of an HDF5 file (HDF5 File Format Specification 3.0, II.A). */
const signature = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');

/** Arrays of a model's .h5 or .weights.h5 file. @throws OptimizerError when it is no HDF5 file */
export async function openH5(file: string): Promise<WeightSource & { config: unknown }> {
  if (!fs.readFileSync(file).subarray(0, 8).equals(signature)) throw badFile(file, 'an HDF5 file');
  await hdf5Ready;
  const floats = await floatReader();
  clearDiagnosis();
  const archive = new File(file, 'r');
  if (archive.file_id < 0n)
    throw badFile(file, `an undamaged HDF5 file (${lastDiagnosis() ?? 'it does not open'})`);
  let open = true;
  const close = () => {
    if (open) archive.close();
    open = false;
  };
  /** The library throws what it finds in damaged files as plain errors; a file that stays open is never read anew. */
  const guarded = <T>(read: () => T): T => {
    clearDiagnosis();
    try {
      return read();
    } catch (error) {
      close();
      if (error instanceof OptimizerError) throw error;
      const cause = lastDiagnosis() ?? String((error as Error).message).trim();
      throw badFile(file, `an undamaged HDF5 file (${cause})`);
    }
  };
  return guarded(() => {
    const config = archive.attrs.model_config?.value;
    const layered = archive.get('layers') ?? archive.get('_layer_checkpoint_dependencies');
    const find = layered ? byPath(layered as Group) : byName(datasetsIn(archive));
    return {
      config: typeof config === 'string' ? parseJson(config, `${file}: model_config`) : null,
      find: (...layer) => guarded(() => floats(find(...layer))),
      close,
    };
  });
}

/** Keras 3's layout and that of tf-keras' .weights.h5: layers/NAME/vars/INDEX, NAME from the class or, later, the layer. */
function byPath(root: Group): Find {
  return (_, path, __, index) => {
    let group: Group | null = root;
    for (const [depth, step] of path.entries()) {
      if (depth > 0) group = (group?.get('layers') as Group | null) ?? group;
      group = (group?.get(step.name) ?? group?.get(step.byClass)) as Group | null;
    }
    return group?.get(`vars/${index}`) as Dataset | null | undefined;
  };
}

/** The older layout: arrays in groups, under names that end in LAYER/ROLE, from Keras 2 with :0 behind. */
function byName(datasets: Map<string, Dataset>): Find {
  return (layer, path, role) => findByName(datasets, layer, path, role);
}

/**
 * The entry whose name ends in LAYER/ROLE. Names may have slashes, so that `block/conv/kernel` ends as `conv/kernel` does: of
 * several, one that begins with the outermost model or layer, then one that is nothing else; among those, one that names the
 * model around the layer.
 */
export function findByName<T>(
  entries: Map<string, T>,
  layer: KerasLayer,
  path: LayerPath,
  role: string,
): T | undefined {
  const [outermost, outer] = [path[0]!.name, path.at(-2)?.name];
  const roles = role === 'depthwise_kernel' ? [role, 'kernel'] : [role];
  for (const wanted of roles) {
    const own = `${layer.name}/${wanted}`;
    const found = [...entries]
      .map(([name, value]) => ({
        name: name.replace(/^\/?(model_weights\/)?/, '').replace(/:\d+$/, ''),
        value,
      }))
      .filter(({ name }) => `/${name}`.endsWith(`/${own}`));
    const inside = found.filter(({ name }) => name.startsWith(`${outermost}/`));
    const ofOuter = ({ name }: { name: string }) => outer !== undefined && name.split('/').includes(outer);
    const best =
      inside.find(ofOuter) ??
      inside[0] ??
      found.find(({ name }) => name === own) ??
      found.find(ofOuter) ??
      found[0];
    if (best) return best.value;
  }
  return undefined;
}

function datasetsIn(archive: File): Map<string, Dataset> {
  const found = new Map<string, Dataset>();
  for (const path of archive.paths()) {
    const entity = archive.get(path);
    if (entity instanceof Dataset) found.set(path, entity);
  }
  return found;
}

/** snake_case of a class name, as Keras names groups after classes. */
export function snakeCase(className: string): string {
  return className
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

export function badFile(file: string, expected: string): OptimizerError {
  return new OptimizerError(`${file}: expected ${expected}`, { code: 'BAD_MODEL', where: file, expected });
}

/** @throws OptimizerError for what is no JSON */
export function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw badFile(where, `JSON (${(cause as Error).message})`);
  }
}
