#include "base/cpu.h"

#include <atomic>
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
    {"avx512_vnni", kCpuAvx2 | kCpuFma | kCpuAvx512 | kCpuAvx512Vnni},
#elif defined(__aarch64__)
    {"neon", kCpuNeon},
    {"dotprod", kCpuNeon | kCpuDotProd},
    {"i8mm", kCpuNeon | kCpuDotProd | kCpuI8mm},
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

// Features beyond SSE need the operating system to save the wider registers.
uint32_t DetectWide(uint32_t leaf1, uint32_t subleaves, uint32_t leaf7, uint32_t leaf7_more) {
  const bool has_xsave = leaf1 & (1u << 27), has_fma = leaf1 & (1u << 12), has_avx = leaf1 & (1u << 28);
  if (!has_xsave || !has_avx) return 0;
  const uint64_t state = EnabledState();
  if ((state & 0x6) != 0x6) return 0;
  uint32_t features = 0;
  if (has_fma) features |= kCpuFma;
  if (leaf7 & (1u << 5)) features |= kCpuAvx2;
  const uint32_t avx512 = (1u << 16) | (1u << 17) | (1u << 30) | (1u << 31);  // F, DQ, BW, VL
  const uint32_t vbmi2 = (1u << 1) | (1u << 6);
  if ((state & 0xe0) == 0xe0 && (leaf7 & avx512) == avx512) {
    features |= kCpuAvx512;
    if (leaf7_more & (1u << 11)) features |= kCpuAvx512Vnni;
    if ((leaf7_more & vbmi2) == vbmi2) features |= kCpuAvx512Vbmi2;
  }
  uint32_t a, b, c, d;
  if (subleaves >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & (1u << 4))) features |= kCpuAvxVnni;
  return features;
}

uint32_t Detect() {
  uint32_t a, b, leaf1, d, subleaves = 0, leaf7 = 0, leaf7_more = 0;
  if (!__get_cpuid(1, &a, &b, &leaf1, &d)) return 0;
  if (!__get_cpuid_count(7, 0, &subleaves, &leaf7, &leaf7_more, &d)) subleaves = leaf7 = leaf7_more = 0;
  uint32_t features = DetectWide(leaf1, subleaves, leaf7, leaf7_more);
  if (leaf1 & (1u << 20)) features |= kCpuSse42;
  if ((leaf7 & (1u << 29)) && (leaf1 & (1u << 19))) features |= kCpuSha;
  return features;
}
#elif defined(__aarch64__)
uint32_t Detect() {
  uint32_t features = kCpuNeon;  // part of the base architecture
#if defined(__linux__)
  // Bits of the Linux user-space ABI (Documentation/arch/arm64/elf_hwcaps.rst).
  if (getauxval(AT_HWCAP) & (1ul << 20)) features |= kCpuDotProd;
  if (getauxval(AT_HWCAP) & (1ul << 7)) features |= kCpuArmCrc32;
  if (getauxval(AT_HWCAP) & (1ul << 6)) features |= kCpuArmSha2;
  if (getauxval(AT_HWCAP2) & (1ul << 13)) features |= kCpuI8mm;
#endif
  return features;
}
#else
uint32_t Detect() { return 0; }
#endif

}  // namespace

// Not a static of the function: its guard would need the C++ library, which the container's C library goes
// without. Threads that come first at once find the same.
uint32_t CpuFeatures() {
  static std::atomic<uint32_t> known{0};
  constexpr uint32_t kDetected = 1u << 31;
  uint32_t features = known.load(std::memory_order_relaxed);
  if (features == 0) {
    features = Detect() | kDetected;
    known.store(features, std::memory_order_relaxed);
  }
  return features & ~kDetected;
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
    case kCpuSse42:
      return "sse4.2";
    case kCpuSha:
      return "sha";
    case kCpuArmCrc32:
      return "crc32";
    case kCpuArmSha2:
      return "sha2";
    case kCpuAvx512:
      return "avx512";
    case kCpuAvx512Vbmi2:
      return "avx512_vbmi2";
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
