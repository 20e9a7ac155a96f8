import { installRivals } from '@weightfold/rivals';
import { describeMachine } from '../../context/machine.js';
import { readMachineFiles } from '../../context/machine-files.js';
import type { Contender } from './contender.js';
import { pythonContender } from './python.js';

const allowed = pythonContender('litert-noamx', 'LiteRT with XNNPACK, AMX refused', installRivals);

/** XNNPACK without Intel's matrix tiles, which most CPUs do not have; on a CPU without them it would be litert once more. */
export const litertNoAmx: Contender = {
  ...allowed,
  prepare: async (onProgress) => {
    const { features } = describeMachine(readMachineFiles('/', ['/proc/cpuinfo']), process.arch);
    if (features.includes('amx_int8')) return allowed.prepare(onProgress);
    return { absent: 'this CPU has no AMX, so litert itself runs without it' };
  },
};
