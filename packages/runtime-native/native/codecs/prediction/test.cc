// Every compiled version gives what the sum over the taps says, byte by byte, whatever the distances. With
// --bench: GB per second of CPU time.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <vector>

#include "../test_random.h"
#include "base/cpu.h"
#include "predict.h"

namespace {

using namespace weightfold;

struct Version {
  const char* name;
  PredictFunction predict;
};

std::vector<Version> Versions() {
  std::vector<Version> versions = {{"scalar", PredictScalar}};
#if defined(__x86_64__)
  if (CpuFeatures() & kCpuAvx2) versions.push_back({"avx2", PredictAvx2});
#endif
  return versions;
}

// The page's formula.
std::vector<uint8_t> Expected(const Taps& taps, const std::vector<uint8_t>& differences) {
  std::vector<int> values;
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i < differences.size(); i++) {
    int sum = 32;
    for (uint32_t t = 0; t < taps.count; t++) {
      if (taps.distance[t] <= i) sum += taps.weight[t] * values[i - taps.distance[t]];
    }
    bytes.push_back(static_cast<uint8_t>(differences[i] + static_cast<int>(taps.center) + (sum >> 6)));
    values.push_back(static_cast<int8_t>(static_cast<uint8_t>(bytes[i] - taps.center)));
  }
  return bytes;
}

std::vector<uint8_t> Noise(size_t length) {
  std::vector<uint8_t> bytes(length);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(Next());
  return bytes;
}

Taps RandomTaps(size_t length) {
  static const size_t kDistances[] = {1, 2, 3, 31, 32, 33, 63, 128, 511, 512, 513, 1000};
  Taps taps = {};
  taps.count = 1 + Next() % kMostTaps;
  taps.center = Next() & 255;
  for (uint32_t t = 0; t < kMostTaps; t++) {
    const size_t distance = Next() % 3 ? kDistances[Next() % 12] : 1 + Next() % length;
    taps.distance[t] = std::min(distance, length);
    taps.weight[t] = static_cast<int8_t>(static_cast<int>(Next() % 127) - 63);
  }
  // The largest magnitudes that are allowed.
  if (Next() % 8 == 0) {
    taps.count = 2;
    taps.weight[0] = -128;
    taps.weight[1] = Next() % 2 ? 127 : -127;
  }
  return taps;
}

int Check() {
  for (int run = 0; run < 3000; run++) {
    const size_t length = 1 + Next() % (run % 10 ? 700 : 5000);
    const Taps taps = RandomTaps(length);
    const std::vector<uint8_t> differences = Noise(length), expected = Expected(taps, differences);
    for (const Version& version : Versions()) {
      std::vector<uint8_t> bytes = differences;
      version.predict(taps, bytes.data(), length);
      if (bytes == expected) continue;
      std::printf("%s: run %d of %zu bytes differs\n", version.name, run, length);
      return 1;
    }
  }
  return 0;
}

void Bench() {
  const Taps shapes[] = {{1, 0, {128}, {40}},
                         {3, 0, {128, 16384, 16512}, {56, 59, -53}},
                         {3, 0, {128, 1, 129}, {38, 34, -19}},
                         {2, 0, {40, 2}, {33, 18}}};
  std::vector<uint8_t> bytes = Noise(81920);
  for (const Version& version : Versions()) {
    std::printf("%-8s", version.name);
    for (const Taps& taps : shapes) {
      double best = 0;
      for (int run = 0; run < 10; run++) {
        const std::clock_t began = std::clock();
        for (int i = 0; i < 20; i++) version.predict(taps, bytes.data(), bytes.size());
        const double seconds = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
        best = std::max(best, 20.0 * static_cast<double>(bytes.size()) / seconds / 1e9);
      }
      std::printf("  %u taps from %zu: %.2f", taps.count, taps.distance[taps.count - 1], best);
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
