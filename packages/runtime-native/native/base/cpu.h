// CPU features and instruction sets. The features are read once; everything else compares bit masks.
#pragma once
#include <cstdint>

namespace weightfold {

enum CpuFeature : uint32_t {
  kCpuAvx2 = 1u << 0,
  kCpuFma = 1u << 1,
  kCpuAvxVnni = 1u << 2,
  kCpuAvx512Vnni = 1u << 3,   // with kCpuAvx512
  kCpuAvx512 = 1u << 4,       // F, BW, DQ and VL
  kCpuAvx512Vbmi2 = 1u << 5,  // VBMI and VBMI2, with kCpuAvx512
  kCpuSse42 = 1u << 6,
  kCpuSha = 1u << 7,  // with SSE4.1
  kCpuNeon = 1u << 8,
  kCpuDotProd = 1u << 9,
  kCpuI8mm = 1u << 10,
  kCpuArmCrc32 = 1u << 11,
  kCpuArmSha2 = 1u << 12,
};

// Kernels that use only these can subtract a zero point from 8-bit weights: they have 16 bits for them, or
// take its products from the sums. Weights with a zero point come from models of uint8.
constexpr uint32_t kZeroPointFeatures = kCpuAvx2 | kCpuFma | kCpuNeon | kCpuDotProd | kCpuI8mm;

// Features of this CPU that the operating system lets programs use.
uint32_t CpuFeatures();

// Name of one feature bit, or null.
const char* CpuFeatureName(uint32_t bit);

// A named set of features that kernels may use. Index 0 is "scalar", later ones are preferred.
struct Isa {
  const char* name;
  uint32_t features;
};

// Every instruction set that kernels were compiled for.
const Isa* CompiledIsas(int* count);

// The instruction set of that name when this CPU has it, the best one when the name is null, else null.
const Isa* FindIsa(const char* name, uint32_t cpu_features);

}  // namespace weightfold
