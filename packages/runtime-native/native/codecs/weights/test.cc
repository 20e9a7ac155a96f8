// Every compiled version of the weights decoder gives the same ranks, whatever the bits are: noise is decoded
// with random parameters.
#include <cstdio>
#include <vector>

#include "../test_random.h"
#include "base/cpu.h"
#include "half_octave.h"
#include "model.h"

namespace {

using namespace weightfold;

constexpr size_t kLength = 3000;

// Parameters as a file has them, and random levels.
std::vector<uint8_t> RandomHead() {
  const uint32_t flags = Next() % 16, dimensions = Next() % 4;
  std::vector<uint8_t> head = {
      static_cast<uint8_t>(((flags & 1) == 0 ? flags & 4 : flags) | dimensions << 4)};
  if (head[0] & 8) head.push_back(static_cast<uint8_t>(Next()));
  for (uint32_t d = 0; d < dimensions; d++) head.push_back(static_cast<uint8_t>(1 + Next() % 12));
  head.push_back(static_cast<uint8_t>(1 + Next() % 252));
  return head;
}

bool RandomLevels(WeightParameters* parameters) {
  DecodeError error = {};
  for (int tries = 0; tries < 1000; tries++) {
    uint8_t noise[32];
    for (uint8_t& byte : noise) byte = static_cast<uint8_t>(Next() & Next());
    BinaryDecoder coder({noise, sizeof(noise), 0});
    if (ReadWeightLevels(&coder, 0, parameters, &error)) return true;
  }
  return false;
}

std::vector<uint8_t> Decode(DecodeRanksFunction decode, const WeightParameters& parameters,
                            const std::vector<uint8_t>& noise, std::vector<uint8_t>* memory) {
  std::vector<uint8_t> ranks(kLength, 0);
  Scratch scratch(memory->data(), memory->size());
  static WeightModel model;
  if (!model.Init(&parameters, &scratch)) return {};
  BinaryDecoder coder({noise.data(), noise.size(), 0});
  decode(&model, &coder, ranks.data(), ranks.size());
  return ranks;
}

}  // namespace

int main() {
  std::vector<DecodeRanksFunction> versions;
#if defined(__x86_64__)
  if (CpuFeatures() & kCpuAvx2) versions.push_back(DecodeRanksAvx2);
#endif
  std::vector<uint8_t> memory(kCodecScratch);
  int failures = 0;
  for (int round = 0; round < 60; round++) {
    const std::vector<uint8_t> head = RandomHead();
    DecodeError error = {};
    Reader reader({head.data(), head.size(), 0}, &error);
    static WeightParameters parameters;
    if (!ReadWeightParameters(&reader, kLength, &parameters, &error) || !RandomLevels(&parameters)) {
      std::printf("FAILED: round %d: %s\n", round, error.message);
      failures++;
      continue;
    }
    std::vector<uint8_t> noise(8192);
    // Runs of one byte, so that counts, weights and logits reach their ends as well.
    for (uint8_t& byte : noise)
      byte = static_cast<uint8_t>(round % 3 == 0 ? 0 : round % 3 == 1 ? Next() : 255);
    const auto expected = Decode(DecodeRanksScalar, parameters, noise, &memory);
    if (expected.empty()) failures++;
    for (DecodeRanksFunction version : versions) {
      if (Decode(version, parameters, noise, &memory) == expected) continue;
      std::printf("FAILED: round %d gives other ranks than the portable version\n", round);
      failures++;
    }
  }
  std::printf("%zu versions beside the portable one, %d failures\n", versions.size(), failures);
  return failures == 0 ? 0 : 1;
}
