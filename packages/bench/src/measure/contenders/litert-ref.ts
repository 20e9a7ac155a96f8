import { installRivals } from '@weightfold/rivals';
import { pythonContender } from './python.js';

export const litertRef = pythonContender('litert-ref', 'LiteRT with its reference kernels', installRivals);
