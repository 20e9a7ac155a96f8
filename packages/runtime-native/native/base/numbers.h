// Small arithmetic without templates of the standard library: those become weak symbols, and the linker could
// keep the copy that was compiled for a newer CPU. `static` gives each file its own.
#pragma once
#include <cstddef>
#include <cstdint>

namespace weightfold {

static inline int32_t MinInt(int32_t a, int32_t b) { return a < b ? a : b; }
static inline int32_t MaxInt(int32_t a, int32_t b) { return a > b ? a : b; }
static inline int32_t ClampInt(int32_t x, int32_t low, int32_t high) { return MinInt(MaxInt(x, low), high); }
static inline size_t RoundUp(size_t x, size_t multiple) { return (x + multiple - 1) / multiple * multiple; }

static inline int32_t GreatestCommonDivisor(int32_t a, int32_t b) {
  while (b != 0) {
    const int32_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

// Sums of products wrap around like the registers do, instead of being undefined.
static inline int32_t WrappingAdd(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
}
static inline int32_t WrappingMultiply(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) * static_cast<uint32_t>(b));
}

}  // namespace weightfold
