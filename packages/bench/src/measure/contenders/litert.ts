import { installRivals } from '@weightfold/rivals';
import { pythonContender } from './python.js';

export const litert = pythonContender('litert', 'LiteRT with XNNPACK', installRivals);
