#include <type_traits>

#include "kernels/floor_division/floor_division.h"

namespace weightfold {
namespace {

template <typename T>
T Quotient(T a, T b) {
  if (b == 0) return 0;
  // By −1 without a division: the smallest number has no negative, and wraps.
  if (b == -1) return static_cast<T>(0 - static_cast<std::make_unsigned_t<T>>(a));
  const T quotient = static_cast<T>(a / b);
  return a % b != 0 && (a < 0) != (b < 0) ? static_cast<T>(quotient - 1) : quotient;
}

template <typename T>
T Remainder(T a, T b) {
  if (b == 0 || b == -1) return 0;
  const T remainder = static_cast<T>(a % b);
  return remainder != 0 && (remainder < 0) != (b < 0) ? static_cast<T>(remainder + b) : remainder;
}

template <typename T>
void DivideAll(FloorOp op, const void* a, const void* b, void* output, size_t begin, size_t end) {
  const T *x = static_cast<const T*>(a), *y = static_cast<const T*>(b);
  T* to = static_cast<T*>(output);
  if (op == FloorOp::kQuotient) {
    for (size_t i = begin; i < end; ++i) to[i] = Quotient(x[i], y[i]);
  } else {
    for (size_t i = begin; i < end; ++i) to[i] = Remainder(x[i], y[i]);
  }
}

}  // namespace

void FloorDivision(FloorOp op, FloorType type, const void* a, const void* b, void* output, size_t begin,
                   size_t end) {
  switch (type) {
    case FloorType::kInt8:
      return DivideAll<int8_t>(op, a, b, output, begin, end);
    case FloorType::kInt16:
      return DivideAll<int16_t>(op, a, b, output, begin, end);
    case FloorType::kInt32:
      return DivideAll<int32_t>(op, a, b, output, begin, end);
    case FloorType::kInt64:
      return DivideAll<int64_t>(op, a, b, output, begin, end);
  }
}

}  // namespace weightfold
