// Every compiled version unpacks the symbols that were packed, and neither reads nor writes beside its memory
// (the sanitizer build says so). With --bench: GB of symbols per second of CPU time.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <vector>

#include "../test_random.h"
#include "base/cpu.h"
#include "unpack.h"

namespace {

using namespace weightfold;

struct Version {
  const char* name;
  UnpackBitsFunction unpack;
};

std::vector<Version> Versions() {
  std::vector<Version> versions = {{"scalar", UnpackBitsScalar}};
#if defined(__x86_64__)
  if (CpuFeatures() & kCpuAvx2) versions.push_back({"avx2", UnpackBitsAvx2});
#endif
  return versions;
}

std::vector<uint8_t> Pack(const std::vector<uint8_t>& symbols, uint32_t bits) {
  std::vector<uint8_t> packed((symbols.size() * bits + 7) / 8);
  for (size_t n = 0; n < symbols.size() * bits; n++) {
    if (symbols[n / bits] >> n % bits & 1) packed[n / 8] = static_cast<uint8_t>(packed[n / 8] | 1u << n % 8);
  }
  return packed;
}

std::vector<uint8_t> RandomSymbols(size_t length, uint32_t bits) {
  std::vector<uint8_t> symbols(length);
  for (uint8_t& symbol : symbols) symbol = static_cast<uint8_t>(Next() & ((1u << bits) - 1));
  return symbols;
}

int Check() {
  int failures = 0;
  for (uint32_t round = 0; round < 1400; round++) {
    const uint32_t bits = 1 + round % 7;
    const std::vector<uint8_t> symbols = RandomSymbols(1 + Next() % 700, bits), packed = Pack(symbols, bits);
    for (const Version& version : Versions()) {
      std::vector<uint8_t> out(symbols.size(), 0xa5);
      version.unpack(packed.data(), packed.size(), bits, out.data(), out.size());
      if (out == symbols) continue;
      std::printf("FAILED: %zu symbols of %u bits with %s\n", symbols.size(), bits, version.name);
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
    for (uint32_t bits = 1; bits <= 7; bits++) {
      const std::vector<uint8_t> packed = Pack(RandomSymbols(out.size(), bits), bits);
      double best = 0;
      for (int run = 0; run < 10; run++) {
        const std::clock_t began = std::clock();
        for (int i = 0; i < 200; i++)
          version.unpack(packed.data(), packed.size(), bits, out.data(), out.size());
        const double seconds = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
        best = std::max(best, 200.0 * static_cast<double>(out.size()) / seconds / 1e9);
      }
      std::printf("  %u bits %5.1f", bits, best);
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
