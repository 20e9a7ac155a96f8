// Checksums: known values, every version against the portable one at every length and alignment that its
// loops tell apart, and their speed (printed, not judged).
#include <chrono>
#include <cstdio>
#include <cstring>
#include <vector>

#include "../../base/cpu.h"
#include "crc32c.h"
#include "sha256.h"

namespace {

using namespace weightfold;
using CrcFunction = uint32_t (*)(const uint8_t*, size_t);

int failures = 0;

void Check(bool ok, const char* what, size_t size) {
  if (ok) return;
  failures++;
  std::printf("FAILED: %s, %zu bytes\n", what, size);
}

std::vector<uint8_t> Noise(size_t size) {
  std::vector<uint8_t> bytes(size);
  uint32_t state = 2463534242u;  // xorshift32 (Marsaglia, 2003)
  for (uint8_t& byte : bytes) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    byte = static_cast<uint8_t>(state);
  }
  return bytes;
}

// Gigabytes per second of the fastest of ten runs.
template <typename Run>
double Speed(size_t size, Run run) {
  double best = 0;
  for (int round = 0; round < 10; round++) {
    const auto start = std::chrono::steady_clock::now();
    run();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    const double speed = static_cast<double>(size) / seconds.count() / 1e9;
    if (speed > best) best = speed;
  }
  return best;
}

void CheckCrc(CrcFunction crc, const char* name, const std::vector<uint8_t>& noise) {
  const uint8_t digits[] = {'1', '2', '3', '4', '5', '6', '7', '8', '9'};
  Check(crc(digits, sizeof(digits)) == 0xe3069283u, name, sizeof(digits));  // RFC 3720 family check value
  const uint8_t zeros[32] = {};
  Check(crc(zeros, 32) == 0x8a9136aau, name, 32);  // RFC 3720, B.4
  for (size_t size = 0; size < 800; size++)
    Check(crc(noise.data() + size % 9, size) == Crc32cPortable(noise.data() + size % 9, size), name, size);
  for (size_t size = 6000; size < 20000; size += 61)
    Check(crc(noise.data() + size % 7, size) == Crc32cPortable(noise.data() + size % 7, size), name, size);
  volatile uint32_t sink = 0;
  const double speed = Speed(noise.size(), [&] { sink = crc(noise.data(), noise.size()); });
  std::printf("CRC-32C %s: %.1f GB/s\n", name, speed);
}

void CheckSha(CompressFunction compress, const char* name, const std::vector<uint8_t>& noise) {
  uint8_t digest[32], expected[32];
  Sha256With(compress, reinterpret_cast<const uint8_t*>("abc"), 3, digest);
  const uint8_t abc[8] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea};  // FIPS 180-4
  Check(std::memcmp(digest, abc, sizeof(abc)) == 0, name, 3);
  for (size_t size = 0; size < 400; size++) {
    Sha256With(compress, noise.data() + size % 5, size, digest);
    Sha256With(CompressPortable, noise.data() + size % 5, size, expected);
    Check(std::memcmp(digest, expected, sizeof(digest)) == 0, name, size);
  }
  const double speed = Speed(noise.size(), [&] { Sha256With(compress, noise.data(), noise.size(), digest); });
  std::printf("SHA-256 %s: %.2f GB/s\n", name, speed);
}

}  // namespace

int main() {
  const std::vector<uint8_t> noise = Noise(1 << 20);
  CheckCrc(Crc32cPortable, "portable", noise);
  CheckSha(CompressPortable, "portable", noise);
#if defined(__x86_64__)
  if (CpuFeatures() & kCpuSse42) CheckCrc(Crc32cSse42, "sse4.2", noise);
  if (CpuFeatures() & kCpuSha) CheckSha(CompressSha, "sha", noise);
#elif defined(__aarch64__)
  if (CpuFeatures() & kCpuArmCrc32) CheckCrc(Crc32cArm, "crc32", noise);
  if (CpuFeatures() & kCpuArmSha2) CheckSha(CompressArm, "sha2", noise);
#endif
  std::printf("%d failures\n", failures);
  return failures == 0 ? 0 : 1;
}
