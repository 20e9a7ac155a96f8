// How C++ is compiled for arm64 on another machine.
export const arm64Compiler = 'aarch64-linux-gnu-g++';

const define = (values) => Object.entries(values).map(([key, value]) => `-D${key}=${value}`);

/** Settings of CMake for static arm64 programs, and others beside them. */
export const crossSettings = (more = {}) =>
  define({
    CMAKE_SYSTEM_NAME: 'Linux',
    CMAKE_SYSTEM_PROCESSOR: 'aarch64',
    CMAKE_C_COMPILER: arm64Compiler.replace('g++', 'gcc'),
    CMAKE_C_FLAGS: '-static',
    CMAKE_CXX_COMPILER: arm64Compiler,
    CMAKE_CXX_FLAGS: '-static',
    CMAKE_BUILD_TYPE: 'Release',
    ...more,
  });
