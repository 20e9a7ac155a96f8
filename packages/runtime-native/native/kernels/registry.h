// What every kernel family needs to choose among its versions.
#pragma once
#include <cstdint>

#if defined(__x86_64__)
#define WEIGHTFOLD_IF_X86(...) __VA_ARGS__
#else
#define WEIGHTFOLD_IF_X86(...)
#endif
#if defined(__aarch64__)
#define WEIGHTFOLD_IF_ARM64(...) __VA_ARGS__
#else
#define WEIGHTFOLD_IF_ARM64(...)
#endif
