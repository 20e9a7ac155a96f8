// Every compiled version puts the other values where bits are set, and neither reads nor writes beside its
// memory (the sanitizer build says so). With --bench: GB of output per second of CPU time.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <vector>

#include "../test_random.h"
#include "base/cpu.h"
#include "expand.h"

namespace {

using namespace weightfold;

struct Version {
  const char* name;
  ExpandFunction expand;
};

std::vector<Version> Versions() {
  std::vector<Version> versions = {{"scalar", ExpandScalar}};
#if defined(__x86_64__)
  if (CpuFeatures() & kCpuAvx2) versions.push_back({"avx2", ExpandAvx2});
  if (CpuFeatures() & kCpuAvx512Vbmi2) versions.push_back({"avx512", ExpandAvx512});
#elif defined(__aarch64__)
  versions.push_back({"neon", ExpandNeon});
#endif
  return versions;
}

struct Example {
  std::vector<uint8_t> bitmap, others, out;
  uint8_t center;
};

// percent: of set bits.
Example MakeExample(size_t groups, uint32_t percent) {
  Example e = {std::vector<uint8_t>(groups * 8), {}, {}, static_cast<uint8_t>(Next())};
  for (size_t i = 0; i < groups * kExpandGroup; i++) {
    const bool set = Next() % 100 < percent;
    if (set) {
      e.bitmap[i / 8] = static_cast<uint8_t>(e.bitmap[i / 8] | 1u << i % 8);
      e.others.push_back(static_cast<uint8_t>(Next()));
    }
    e.out.push_back(set ? e.others.back() : e.center);
  }
  e.others.resize(e.others.size() + kExpandPadding);
  return e;
}

int Check() {
  int failures = 0;
  for (uint32_t round = 0; round < 300; round++) {
    const Example e = MakeExample(1 + Next() % 70, round % 11 * 10);
    for (const Version& version : Versions()) {
      std::vector<uint8_t> out(e.out.size(), 0xa5);
      version.expand(e.bitmap.data(), e.others.data(), e.center, out.data(), e.bitmap.size() / 8);
      if (out == e.out) continue;
      std::printf("FAILED: round %u with %s\n", round, version.name);
      failures++;
    }
  }
  std::printf("%zu versions, %d failures\n", Versions().size(), failures);
  return failures == 0 ? 0 : 1;
}

// In the cache, so that it is not the memory that is measured.
void Bench() {
  std::vector<uint8_t> out(1 << 17);
  for (const Version& version : Versions()) {
    std::printf("%-8s", version.name);
    for (uint32_t percent : {10u, 50u, 90u}) {
      const Example e = MakeExample(out.size() / kExpandGroup, percent);
      double best = 0;
      for (int run = 0; run < 10; run++) {
        const std::clock_t began = std::clock();
        for (int i = 0; i < 200; i++)
          version.expand(e.bitmap.data(), e.others.data(), e.center, out.data(), out.size() / kExpandGroup);
        const double seconds = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
        best = std::max(best, 200.0 * static_cast<double>(out.size()) / seconds / 1e9);
      }
      std::printf("  %u %% set %5.1f", percent, best);
    }
    std::printf("  GB/s\n");
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count > 1 && std::strcmp(arguments[1], "--bench") == 0) {
    Bench();
    return 0;
  }
  return Check();
}
