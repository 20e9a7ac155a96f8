import { findByName, type WeightSource } from '../keras/weights.js';
import { type ModelJson, readTfjsWeights } from './weights.js';

/** The Keras configuration and arrays of a tfjs LayersModel. */
export function openLayersModel(file: string, json: ModelJson): WeightSource & { config: unknown } {
  const arrays = readTfjsWeights(file, json);
  const topology = json.modelTopology;
  return {
    config: topology?.model_config ?? topology,
    find: (layer, path, role) => findByName(arrays, layer, path, role)?.values,
    close: () => {},
  };
}
