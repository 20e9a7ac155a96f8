// Numbers from a seed, for the tests of the codecs: the same in every run.
#ifndef WEIGHTFOLD_CODECS_TEST_RANDOM_H_
#define WEIGHTFOLD_CODECS_TEST_RANDOM_H_

#include <cstdint>

namespace weightfold {

// xorshift32 (Marsaglia, 2003).
inline uint32_t Next() {
  static uint32_t state = 2463534242u;
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_TEST_RANDOM_H_
