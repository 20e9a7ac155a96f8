#include "base/cpu.h"

#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

namespace weightfold {
namespace {

constexpr Isa kIsas[] = {
    {"scalar", 0},
#if defined(__x86_64__)
    {"avx2", kCpuAvx2 | kCpuFma},
#elif defined(__aarch64__)
    {"neon", kCpuNeon},
#endif
};
constexpr int kIsaCount = sizeof(kIsas) / sizeof(kIsas[0]);

#if defined(__x86_64__)
// XCR0 bits: 1 SSE, 2 AVX; 5 to 7 the AVX-512 state (Intel SDM volume 1, 13.3).
uint64_t EnabledState() {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (static_cast<uint64_t>(high) << 32) | low;
}

uint32_t Detect() {
  uint32_t a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return 0;
  const bool has_xsave = c & (1u << 27), has_fma = c & (1u << 12), has_avx = c & (1u << 28);
  if (!has_xsave || !has_avx) return 0;
  const uint64_t state = EnabledState();
  if ((state & 0x6) != 0x6) return 0;
  uint32_t features = 0;
  if (has_fma) features |= kCpuFma;
  uint32_t subleaves = 0;
  if (!__get_cpuid_count(7, 0, &subleaves, &b, &c, &d)) return features;
  if (b & (1u << 5)) features |= kCpuAvx2;
  const uint32_t avx512 = (1u << 16) | (1u << 17) | (1u << 30) | (1u << 31);  // F, DQ, BW, VL
  const bool vnni = c & (1u << 11);
  if ((state & 0xe0) == 0xe0 && (b & avx512) == avx512 && vnni) features |= kCpuAvx512Vnni;
  if (subleaves >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & (1u << 4))) features |= kCpuAvxVnni;
  return features;
}
#elif defined(__aarch64__)
uint32_t Detect() {
  uint32_t features = kCpuNeon;  // part of the base architecture
#if defined(__linux__)
  // Bits of the Linux user-space ABI (Documentation/arch/arm64/elf_hwcaps.rst).
  if (getauxval(AT_HWCAP) & (1ul << 20)) features |= kCpuDotProd;
  if (getauxval(AT_HWCAP2) & (1ul << 13)) features |= kCpuI8mm;
#endif
  return features;
}
#else
uint32_t Detect() { return 0; }
#endif

}  // namespace

uint32_t CpuFeatures() {
  static const uint32_t features = Detect();
  return features;
}

const char* CpuFeatureName(uint32_t bit) {
  switch (bit) {
    case kCpuAvx2:
      return "avx2";
    case kCpuFma:
      return "fma";
    case kCpuAvxVnni:
      return "avx_vnni";
    case kCpuAvx512Vnni:
      return "avx512_vnni";
    case kCpuNeon:
      return "neon";
    case kCpuDotProd:
      return "dotprod";
    case kCpuI8mm:
      return "i8mm";
    default:
      return nullptr;
  }
}

const Isa* CompiledIsas(int* count) {
  *count = kIsaCount;
  return kIsas;
}

const Isa* FindIsa(const char* name, uint32_t cpu_features) {
  for (int i = kIsaCount - 1; i >= 0; --i) {
    if ((kIsas[i].features & ~cpu_features) != 0) continue;
    if (name == nullptr || std::strcmp(name, kIsas[i].name) == 0) return &kIsas[i];
  }
  return nullptr;
}

}  // namespace weightfold
