// The version for this CPU and the portable one decode the same from any bytes, up to the same damage, and
// write nothing outside the output.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <vector>

#include "../test_random.h"
#include "decode.h"

namespace {

using namespace weightfold;

struct Result {
  bool ok;
  DecodeError error;
  std::vector<uint8_t> out;
};

constexpr size_t kGuard = 32;

// The input is a copy of exactly its size, so that a sanitizer sees every read past it.
Result Decode(DecodeFunction decode, const std::vector<uint8_t>& coded, size_t length,
              std::vector<uint8_t>* memory) {
  Result result = {false, {nullptr, 0, ""}, std::vector<uint8_t>(length + kGuard, 0xa5)};
  result.ok = decode({coded.data(), coded.size(), 0}, result.out.data(), length, kNoEnvironment,
                     Scratch(memory->data(), memory->size()), &result.error);
  return result;
}

bool Same(const Result& a, const Result& b) {
  return a.ok == b.ok && a.out == b.out && std::strcmp(a.error.message, b.error.message) == 0;
}

bool GuardWhole(const Result& result) {
  return std::all_of(result.out.end() - kGuard, result.out.end(), [](uint8_t byte) { return byte == 0xa5; });
}

}  // namespace

int main() {
  std::vector<uint8_t> memory(kCodecScratch);
  int failures = 0;
  size_t longest = 0;
  for (int round = 0; round < 3000; round++) {
    std::vector<uint8_t> noise(Next() % 600);
    for (uint8_t& byte : noise) byte = static_cast<uint8_t>(round % 4 == 0 ? Next() & Next() : Next());
    const size_t length = 1 + Next() % 5000;
    const Result expected = Decode(DecodeRecordsPortable, noise, length, &memory);
    const Result actual = Decode(DecodeRecords, noise, length, &memory);
    if (!Same(expected, actual)) {
      std::printf("FAILED: round %d gives other bytes than the portable version\n", round);
      failures++;
    }
    if (!GuardWhole(expected) || !GuardWhole(actual)) {
      std::printf("FAILED: round %d writes past the output\n", round);
      failures++;
    }
    const auto written = std::find_if(actual.out.rbegin() + kGuard, actual.out.rend(),
                                      [](uint8_t byte) { return byte != 0xa5; });
    longest = std::max(longest, static_cast<size_t>(actual.out.rend() - written));
  }
  Scratch few(memory.data(), 1000);
  DecodeError error = {nullptr, 0, ""};
  uint8_t out[4];
  const uint8_t zeros[8] = {};
  if (DecodeRecords({zeros, 8, 0}, out, 4, kNoEnvironment, few, &error) ||
      std::strcmp(error.code, "BAD_ARGUMENT") != 0)
    failures++;
  if (longest < 500) failures++;  // else noise was refused too early to compare anything
  std::printf("longest decoded from noise: %zu bytes, %d failures\n", longest, failures);
  return failures == 0 ? 0 : 1;
}
