import { installRivals } from '@weightfold/rivals';
import { pythonContender } from './python.js';

export const tflm = pythonContender('tflm', 'TensorFlow Lite Micro', installRivals);
