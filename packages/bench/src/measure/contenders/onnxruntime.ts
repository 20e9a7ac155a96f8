import { installOnnxRuntime } from '@weightfold/rivals';
import { pythonContender } from './python.js';

export const onnxRuntime = pythonContender(
  'ort',
  'ONNX Runtime, on the model as tf2onnx converts it',
  installOnnxRuntime,
);
