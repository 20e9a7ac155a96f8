export { RivalError } from './errors.js';
export { installKeras, installRivals, installTfmot, installZstd, pins, rivalsPath } from './install.js';
export { PythonRival, type RivalEngine, type RivalTensor, rivalEngines } from './python-rival.js';
export { type RivalAnswer, type RivalCase, rivalOutputs } from './rival-outputs.js';
