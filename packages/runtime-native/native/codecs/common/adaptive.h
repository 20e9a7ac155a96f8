// Adaptive bit models and the logistic scale (SPEC.md, "Adaptive bits" and "Logits").
#ifndef WEIGHTFOLD_CODECS_COMMON_ADAPTIVE_H_
#define WEIGHTFOLD_CODECS_COMMON_ADAPTIVE_H_

#include <cstdint>

namespace weightfold {

// A model: probability of a 1 in the upper 22 bits, bits seen in the lower 10.
constexpr uint32_t kFreshModel = 0x80000000u;

struct Steps {
  int32_t value[1024];
  constexpr Steps() : value() {
    for (int n = 0; n < 1024; n++) value[n] = 16384 / (2 * n + 3);
  }
};
constexpr Steps kSteps;

// The model after a bit, when it has seen at most `limit` of them.
inline uint32_t Updated(uint32_t model, int bit, uint32_t limit) {
  const uint32_t n = model & 1023;
  const int32_t p = static_cast<int32_t>(model >> 10);
  const int32_t target = bit ? 4194303 : 0;
  const int32_t step = (((target - p) >> 5) * kSteps.value[n]) >> 8;
  return model + (static_cast<uint32_t>(step) << 10) + (n < limit ? 1 : 0);
}

inline uint32_t Probability16(uint32_t model) {
  const uint32_t p = model >> 16;
  return p == 0 ? 1 : p;
}

constexpr int32_t kKnots[65] = {16,    16,    16,    16,    16,    16,    16,    16,    22,    31,    43,
                                60,    83,    116,   162,   226,   315,   439,   611,   849,   1179,  1633,
                                2257,  3108,  4258,  5793,  7812,  10412, 13671, 17625, 22233, 27357, 32768,
                                38179, 43303, 47911, 51865, 55124, 57724, 59743, 61278, 62428, 63279, 63903,
                                64357, 64687, 64925, 65097, 65221, 65310, 65374, 65420, 65453, 65476, 65493,
                                65505, 65514, 65520, 65520, 65520, 65520, 65520, 65520, 65520, 65520};

constexpr int32_t Clamp(int32_t x, int32_t most) { return x > most ? most : x < -most ? -most : x; }

// Probability in 1/65536 of logit x in 1/192.
constexpr int32_t Squash(int32_t x) {
  const int32_t shifted = Clamp(x, 2047) + 2048;
  const int32_t part = shifted & 63;
  return (kKnots[shifted >> 6] * (64 - part) + kKnots[(shifted >> 6) + 1] * part + 32) >> 6;
}

// kStretch.value[p] is the smallest logit whose Squash is at least 16 p + 8.
struct Stretch {
  int16_t value[4096];
  constexpr Stretch() : value() {
    int32_t x = -2047;
    for (int32_t p = 0; p < 4096; p++) {
      while (x < 2047 && Squash(x) < 16 * p + 8) x++;
      value[p] = static_cast<int16_t>(x);
    }
  }
};
constexpr Stretch kStretch;

// Squash of -2047 to 2047.
struct SquashTable {
  uint16_t value[4095];
  constexpr SquashTable() : value() {
    for (int x = -2047; x <= 2047; x++) value[x + 2047] = static_cast<uint16_t>(Squash(x));
  }
};
constexpr SquashTable kSquash;

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_COMMON_ADAPTIVE_H_
