// Operators on float32 around quantized networks, as TFLite Micro's reference kernels compute them: every
// step in binary32. What is no single operation of IEEE 754 (exp, log, tanh, sin, cos) has the bits of the C
// library's function.
#pragma once
#include <cstddef>
#include <cstdint>

namespace weightfold {

enum class FloatUnary {
  kAbs,
  kNeg,
  kSqrt,
  kRsqrt,
  kSquare,
  kFloor,
  kCeil,
  kRound,  // half to even
  kExp,
  kLog,
  kSin,
  kCos,
  kTanh,
  kLogistic,
  kClamp,  // to the range: RELU and its kin
};

enum class FloatBinary {
  kAdd,
  kSub,
  kMul,
  kDiv,
  kMaximum,
  kMinimum,
  kSquaredDifference,
  kFloorDiv,
  kFloorMod
};

struct FloatRange {
  float min, max;
};

// Elements [begin, end). The range is read by kClamp alone.
void ApplyFloat(FloatUnary op, const FloatRange& range, const float* input, float* output, size_t begin,
                size_t end);

// Elements [begin, end) of tensors of one shape; what comes out is clamped to the range.
void ApplyFloat(FloatBinary op, const FloatRange& range, const float* a, const float* b, float* output,
                size_t begin, size_t end);

// SOFTMAX over rows [begin, end) of `depth` numbers: exponentials of beta × the difference to the largest,
// added from the first to the last, and each divided by the sum.
void SoftmaxFloat(int32_t depth, float beta, const float* input, float* output, int32_t begin, int32_t end);

}  // namespace weightfold
