import type { Contender } from './contender.js';
import { litert } from './litert.js';
import { litertNoAmx } from './litert-noamx.js';
import { litertRef } from './litert-ref.js';
import { onnxRuntime } from './onnxruntime.js';
import { tflm } from './tflm.js';

/** Everything that `--against` knows. A line here is all that a new rival needs beside its file. */
export const contenders: readonly Contender[] = [litert, litertNoAmx, litertRef, tflm, onnxRuntime];
