#include "base/fixed_point.h"
#include "kernels/binary/binary.h"

namespace weightfold {
namespace {

using P = BinaryParameters;

// An input on the scale that both share, shifted up so that rounding costs nothing visible.
int32_t Rescaled(const P& p, int input, int8_t code) {
  const int32_t shifted = (code - p.zero_point[input]) * (1 << p.left_shift);
  return MultiplyByQuantizedMultiplier(shifted, p.multiplier[input], p.shift[input]);
}

int8_t Clamped(const P& p, int32_t scaled) {
  return static_cast<int8_t>(ClampInt(WrappingAdd(scaled, p.output_zero_point), p.min, p.max));
}

int8_t ToOutput(const P& p, int32_t value) {
  return Clamped(p, MultiplyByQuantizedMultiplier(value, p.output_multiplier, p.output_shift));
}

// All parameters.
struct Subtract {
  static int8_t Of(const P& p, int8_t a, int8_t b) {
    return ToOutput(p, Rescaled(p, 0, a) - Rescaled(p, 1, b));
  }
};

struct SquaredDifference {
  static int8_t Of(const P& p, int8_t a, int8_t b) {
    const int32_t difference = Rescaled(p, 0, a) - Rescaled(p, 1, b);
    return ToOutput(p, WrappingMultiply(difference, difference));
  }
};

// Zero points, output scale, range. The divisor's reciprocal is a multiplier of its own; both shifts go to
// the right together, at the end. What is divided by zero becomes the end of the range on its side.
struct Divide {
  static int8_t Of(const P& p, int8_t a, int8_t b) {
    int32_t dividend = a - p.zero_point[0], divisor = b - p.zero_point[1];
    if (divisor == 0) return Clamped(p, dividend > 0 ? 255 : dividend < 0 ? -255 : 0);
    if (divisor < 0) {
      dividend = -dividend;
      divisor = -divisor;
    }
    const int32_t zeros = __builtin_clz(static_cast<uint32_t>(divisor));
    const int32_t fraction = static_cast<int32_t>((static_cast<uint32_t>(divisor) << zeros) - (1u << 31));
    const int32_t headroom = __builtin_clrsb(dividend);
    const int32_t shifted = static_cast<int32_t>(static_cast<uint32_t>(dividend) << headroom);
    const int32_t quotient = DoublingHighMultiply(shifted, ReciprocalOfOnePlus(fraction));
    const int32_t scaled = DoublingHighMultiply(quotient, p.output_multiplier);
    const int32_t right = 31 - zeros + headroom - p.output_shift;
    if (right < 0) return Clamped(p, ClampInt(ShiftLeftSaturating(scaled, MinInt(-right, 31)), -255, 255));
    return Clamped(p, right > 31 ? 0 : RoundingDivideByPowerOfTwo(scaled, right));
  }
};

// None.
struct Maximum {
  static int8_t Of(const P&, int8_t a, int8_t b) { return a > b ? a : b; }
};

struct Minimum {
  static int8_t Of(const P&, int8_t a, int8_t b) { return a < b ? a : b; }
};

// Zero points; multipliers and shifts, the first for what is not negative, the second for products with the
// slope.
struct Prelu {
  static int8_t Of(const P& p, int8_t x, int8_t slope) {
    const int32_t value = x - p.zero_point[0];
    if (value >= 0) return Clamped(p, MultiplyByQuantizedMultiplier(value, p.multiplier[0], p.shift[0]));
    const int32_t product = value * (slope - p.zero_point[1]);
    return Clamped(p, MultiplyByQuantizedMultiplier(product, p.multiplier[1], p.shift[1]));
  }
};

template <typename Function>
void ByRows(const P& p, const BinaryShape& s, const int8_t* a, const int8_t* b, int8_t* output, int32_t begin,
            int32_t end) {
  const int32_t step_a = s.stride[0][s.rank - 1], step_b = s.stride[1][s.rank - 1];
  ForEachRow(s, a, b, output, begin, end, [&](const int8_t* x, const int8_t* y, int8_t* to, size_t count) {
    for (size_t i = 0; i < count; ++i, x += step_a, y += step_b) to[i] = Function::Of(p, *x, *y);
  });
}

}  // namespace

void Binary(BinaryOp op, const P& p, const BinaryShape& s, const int8_t* a, const int8_t* b, int8_t* output,
            int32_t begin, int32_t end) {
  switch (op) {
    case BinaryOp::kSub:
      return ByRows<Subtract>(p, s, a, b, output, begin, end);
    case BinaryOp::kDiv:
      return ByRows<Divide>(p, s, a, b, output, begin, end);
    case BinaryOp::kSquaredDifference:
      return ByRows<SquaredDifference>(p, s, a, b, output, begin, end);
    case BinaryOp::kMaximum:
      return ByRows<Maximum>(p, s, a, b, output, begin, end);
    case BinaryOp::kMinimum:
      return ByRows<Minimum>(p, s, a, b, output, begin, end);
    case BinaryOp::kPrelu:
      return ByRows<Prelu>(p, s, a, b, output, begin, end);
  }
}

}  // namespace weightfold
