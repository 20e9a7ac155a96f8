#include <math.h>  // <cmath> would bring inline functions

#include "kernels/float32/float32.h"

namespace weightfold {
namespace {

template <typename Function>
void Each(Function function, const float* input, float* output, size_t begin, size_t end) {
  for (size_t i = begin; i < end; ++i) output[i] = function(input[i]);
}

// Beyond these bounds TFLite takes 1, and the exponential alone.
float Logistic(float x) {
  if (x > 16.619047164916992188f) return 1.0f;
  if (x < -9.0f) return expf(x);
  return 1.0f / (1.0f + expf(-x));
}

// To the nearest integer, half to even: no matter how the CPU is set to round.
float RoundHalfToEven(float x) {
  const float floor = floorf(x), rest = x - floor;
  if (rest < 0.5f) return floor;
  if (rest > 0.5f) return floor + 1.0f;
  return floorf(floor / 2.0f) * 2.0f == floor ? floor : floor + 1.0f;
}

}  // namespace

void ApplyFloat(FloatUnary op, const FloatRange& range, const float* input, float* output, size_t begin,
                size_t end) {
  const auto each = [&](auto function) { Each(function, input, output, begin, end); };
  switch (op) {
    case FloatUnary::kAbs:
      return each([](float x) { return fabsf(x); });
    case FloatUnary::kNeg:
      return each([](float x) { return -x; });
    case FloatUnary::kSqrt:
      return each([](float x) { return sqrtf(x); });
    case FloatUnary::kRsqrt:
      return each([](float x) { return 1.0f / sqrtf(x); });
    case FloatUnary::kSquare:
      return each([](float x) { return x * x; });
    case FloatUnary::kFloor:
      return each([](float x) { return floorf(x); });
    case FloatUnary::kCeil:
      return each([](float x) { return ceilf(x); });
    case FloatUnary::kRound:
      return each(RoundHalfToEven);
    case FloatUnary::kExp:
      return each([](float x) { return expf(x); });
    case FloatUnary::kLog:
      return each([](float x) { return logf(x); });
    case FloatUnary::kSin:
      return each([](float x) { return sinf(x); });
    case FloatUnary::kCos:
      return each([](float x) { return cosf(x); });
    case FloatUnary::kTanh:
      return each([](float x) { return tanhf(x); });
    case FloatUnary::kLogistic:
      return each(Logistic);
    case FloatUnary::kClamp:
      return each([&](float x) { return x > range.max ? range.max : x < range.min ? range.min : x; });
  }
}

}  // namespace weightfold
