// How C++ is compiled for arm64 on another machine.
import { fileURLToPath } from 'node:url';

export const arm64Compiler = 'aarch64-linux-gnu-g++';

const define = (values) => Object.entries(values).map(([key, value]) => `-D${key}=${value}`);

/** Settings of CMake for static arm64 programs, and others beside them. */
export const crossSettings = (more = {}) =>
  define({
    CMAKE_TOOLCHAIN_FILE: fileURLToPath(new URL('../cmake/aarch64-linux-gnu.cmake', import.meta.url)),
    CMAKE_C_FLAGS: '-static',
    CMAKE_CXX_FLAGS: '-static',
    CMAKE_BUILD_TYPE: 'Release',
    ...more,
  });
