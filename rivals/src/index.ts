export { RivalError } from './errors.js';
export {
  installKeras,
  installOnnxRuntime,
  installRivals,
  installTfmot,
  installWeightCoder,
  installZstd,
  pins,
  rivalsPath,
} from './install.js';
export { PythonRival, type RivalEngine, type RivalTensor, rivalEngines } from './python-rival.js';
export { type RivalAnswer, type RivalCase, rivalOutputs } from './rival-outputs.js';
export { pinsFor, portableRivals, rivalSources } from './sources.js';
export { type VelaEstimate, velaEstimate } from './vela.js';
export { type CoderTensor, codedWeightBytes, type WeightCoder, weightCoders } from './weight-coders.js';
