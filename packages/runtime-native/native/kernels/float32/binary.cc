#include <cmath>

#include "kernels/float32/float32.h"

namespace weightfold {
namespace {

// The remainder with the sign of the divisor.
float FloorMod(float x, float y) {
  const float remainder = std::fmod(x, y);
  return remainder != 0 && (y < 0) != (remainder < 0) ? remainder + y : remainder;
}

}  // namespace

void ApplyFloat(FloatBinary op, const FloatRange& range, const float* a, const float* b, float* output,
                size_t begin, size_t end) {
  const auto each = [&](auto function) {
    for (size_t i = begin; i < end; ++i) {
      const float x = function(a[i], b[i]), above = x < range.min ? range.min : x;
      output[i] = range.max < above ? range.max : above;
    }
  };
  switch (op) {
    case FloatBinary::kAdd:
      return each([](float x, float y) { return x + y; });
    case FloatBinary::kSub:
      return each([](float x, float y) { return x - y; });
    case FloatBinary::kMul:
      return each([](float x, float y) { return x * y; });
    case FloatBinary::kDiv:
      return each([](float x, float y) { return x / y; });
    case FloatBinary::kMaximum:
      return each([](float x, float y) { return x > y ? x : y; });
    case FloatBinary::kMinimum:
      return each([](float x, float y) { return x < y ? x : y; });
    case FloatBinary::kSquaredDifference:
      return each([](float x, float y) { return (x - y) * (x - y); });
    case FloatBinary::kFloorDiv:
      return each([](float x, float y) { return std::floor(x / y); });
    case FloatBinary::kFloorMod:
      return each(FloorMod);
  }
}

}  // namespace weightfold
