// Every compiled version maps ranks as the portable one does, for tables of all sizes, and writes nothing
// beside the run. With --bench: GB of ranks per second of CPU time.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <vector>

#include "../test_random.h"
#include "base/cpu.h"
#include "palettes.h"

namespace {

using namespace weightfold;

struct Version {
  const char* name;
  MapRanksFunction map;
};

std::vector<Version> Versions() {
  std::vector<Version> versions = {{"scalar", MapRanksScalar}};
#if defined(__x86_64__)
  if (CpuFeatures() & kCpuAvx2) versions.push_back({"avx2", MapRanksAvx2});
#elif defined(__aarch64__)
  versions.push_back({"neon", MapRanksNeon});
#endif
  return versions;
}

std::vector<uint8_t> RandomBytes(size_t length) {
  std::vector<uint8_t> bytes(length);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(Next());
  return bytes;
}

int Check() {
  int failures = 0;
  for (uint32_t round = 0; round < 1000; round++) {
    const uint32_t last = round % 256;
    const std::vector<uint8_t> entries = RandomBytes(last + 1 + kPalettePadding);
    const std::vector<uint8_t> ranks = RandomBytes(1 + Next() % 200);
    std::vector<uint8_t> expected = ranks;
    for (uint8_t& rank : expected) rank = entries[std::min<uint32_t>(rank, last)];
    for (const Version& version : Versions()) {
      std::vector<uint8_t> out = ranks;
      version.map(entries.data(), last, out.data(), out.size());
      if (out == expected) continue;
      std::printf("FAILED: %zu ranks in a table of %u with %s\n", ranks.size(), last + 1, version.name);
      failures++;
    }
  }
  std::printf("%zu versions, %d failures\n", Versions().size(), failures);
  return failures == 0 ? 0 : 1;
}

// In the cache, so that it is not the memory that is measured.
void Bench() {
  for (const Version& version : Versions()) {
    std::printf("%-8s", version.name);
    for (uint32_t last : {15u, 31u, 63u, 200u}) {
      const std::vector<uint8_t> entries = RandomBytes(last + 1 + kPalettePadding);
      std::vector<uint8_t> data = RandomBytes(1 << 17);
      double best = 0;
      for (int run = 0; run < 10; run++) {
        const std::clock_t began = std::clock();
        for (int i = 0; i < 200; i++) version.map(entries.data(), last, data.data(), data.size());
        const double seconds = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
        best = std::max(best, 200.0 * static_cast<double>(data.size()) / seconds / 1e9);
      }
      std::printf("  %u entries %5.1f", last + 1, best);
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
