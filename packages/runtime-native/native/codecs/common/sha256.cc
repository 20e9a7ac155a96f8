#include "sha256.h"

#include <cstring>

#include "../../base/cpu.h"

namespace weightfold {

const uint32_t kSha256Rounds[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

namespace {

uint32_t RotateRight(uint32_t x, int n) { return x >> n | x << (32 - n); }

void CompressBlock(uint32_t state[8], const uint8_t* block) {
  uint32_t w[64];
  for (int t = 0; t < 16; t++) {
    w[t] = static_cast<uint32_t>(block[4 * t]) << 24 | static_cast<uint32_t>(block[4 * t + 1]) << 16 |
           static_cast<uint32_t>(block[4 * t + 2]) << 8 | static_cast<uint32_t>(block[4 * t + 3]);
  }
  for (int t = 16; t < 64; t++) {
    const uint32_t s0 = RotateRight(w[t - 15], 7) ^ RotateRight(w[t - 15], 18) ^ w[t - 15] >> 3;
    const uint32_t s1 = RotateRight(w[t - 2], 17) ^ RotateRight(w[t - 2], 19) ^ w[t - 2] >> 10;
    w[t] = w[t - 16] + s0 + w[t - 7] + s1;
  }
  uint32_t v[8];
  std::memcpy(v, state, sizeof(v));
  // Letter n of round t stands at (n - t) mod 8, so that nothing moves from round to round.
  for (int t = 0; t < 64; t += 8) {
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) {
      const uint32_t a = v[-i & 7], b = v[(1 - i) & 7], c = v[(2 - i) & 7];
      const uint32_t e = v[(4 - i) & 7], f = v[(5 - i) & 7], g = v[(6 - i) & 7];
      const uint32_t s1 = RotateRight(e, 6) ^ RotateRight(e, 11) ^ RotateRight(e, 25);
      const uint32_t t1 = v[(7 - i) & 7] + s1 + ((e & f) ^ (~e & g)) + kSha256Rounds[t + i] + w[t + i];
      const uint32_t s0 = RotateRight(a, 2) ^ RotateRight(a, 13) ^ RotateRight(a, 22);
      v[(3 - i) & 7] += t1;
      v[(7 - i) & 7] = t1 + s0 + ((a & b) ^ (a & c) ^ (b & c));
    }
  }
  for (int i = 0; i < 8; i++) state[i] += v[i];
}

}  // namespace

void CompressPortable(uint32_t state[8], const uint8_t* data, size_t blocks) {
  for (; blocks > 0; blocks--, data += 64) CompressBlock(state, data);
}

void Sha256With(CompressFunction compress, const uint8_t* data, size_t size, uint8_t digest[32]) {
  // Fractional parts of the square roots of the first 8 primes (5.3.3).
  uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                       0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  const size_t done = size / 64 * 64;
  compress(state, data, size / 64);
  uint8_t tail[128] = {};
  const size_t left = size - done;
  if (left > 0) std::memcpy(tail, data + done, left);
  tail[left] = 0x80;
  const size_t length = left < 56 ? 64 : 128;
  const uint64_t bits = static_cast<uint64_t>(size) * 8;
  for (int i = 0; i < 8; i++) tail[length - 1 - i] = static_cast<uint8_t>(bits >> (8 * i));
  compress(state, tail, length / 64);
  for (int i = 0; i < 32; i++) digest[i] = static_cast<uint8_t>(state[i / 4] >> (24 - 8 * (i % 4)));
}

void Sha256(const uint8_t* data, size_t size, uint8_t digest[32]) {
  CompressFunction compress = CompressPortable;
#if defined(__x86_64__)
  if (CpuFeatures() & kCpuSha) compress = CompressSha;
#elif defined(__aarch64__)
  if (CpuFeatures() & kCpuArmSha2) compress = CompressArm;
#endif
  Sha256With(compress, data, size, digest);
}

}  // namespace weightfold
