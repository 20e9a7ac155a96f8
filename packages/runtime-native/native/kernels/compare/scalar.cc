#include "base/requantize.h"
#include "kernels/compare/compare.h"

namespace weightfold {
namespace {

constexpr int32_t kLeftShift = 8;

template <typename ValueOfA, typename ValueOfB>
void CompareAll(CompareOp op, ValueOfA a, ValueOfB b, uint8_t* output, size_t begin, size_t end) {
  const auto each = [&](auto holds) {
    for (size_t i = begin; i < end; ++i) output[i] = holds(a(i), b(i)) ? 1 : 0;
  };
  switch (op) {
    case CompareOp::kEqual:
      return each([](auto x, auto y) { return x == y; });
    case CompareOp::kNotEqual:
      return each([](auto x, auto y) { return x != y; });
    case CompareOp::kGreater:
      return each([](auto x, auto y) { return x > y; });
    case CompareOp::kGreaterEqual:
      return each([](auto x, auto y) { return x >= y; });
    case CompareOp::kLess:
      return each([](auto x, auto y) { return x < y; });
    case CompareOp::kLessEqual:
      return each([](auto x, auto y) { return x <= y; });
    case CompareOp::kAnd:
      return each([](auto x, auto y) { return x != 0 && y != 0; });
    case CompareOp::kOr:
      return each([](auto x, auto y) { return x != 0 || y != 0; });
    case CompareOp::kNotBoth:
      return each([](auto x, auto y) { return x == 0 || y == 0; });
  }
}

template <typename T>
void CompareNumbers(CompareOp op, const void* a, const void* b, uint8_t* output, size_t begin, size_t end) {
  const auto value = [](const void* from) {
    return [numbers = static_cast<const T*>(from)](size_t i) { return numbers[i]; };
  };
  CompareAll(op, value(a), value(b), output, begin, end);
}

}  // namespace

void MakeCompareTable(const int32_t zero_point[2], const int32_t multiplier[2], const int32_t shift[2],
                      CompareTable* table) {
  for (int input = 0; input < 2; ++input) {
    for (int32_t code = -128; code < 128; ++code) {
      const int32_t shifted = (code - zero_point[input]) * (1 << kLeftShift);
      table->value[input][code + 128] =
          MultiplyByQuantizedMultiplier(shifted, multiplier[input], shift[input]);
    }
  }
}

void Compare(CompareOp op, CompareType type, const CompareTable& table, const void* a, const void* b,
             uint8_t* output, size_t begin, size_t end) {
  const auto looked_up = [&](int input, const void* from) {
    return [values = table.value[input] + 128, codes = static_cast<const int8_t*>(from)](size_t i) {
      return values[codes[i]];
    };
  };
  const auto truth = [](const void* from) {
    return [bytes = static_cast<const uint8_t*>(from)](size_t i) { return bytes[i] != 0; };
  };
  switch (type) {
    case CompareType::kCodes:
      return CompareAll(op, looked_up(0, a), looked_up(1, b), output, begin, end);
    case CompareType::kInt32:
      return CompareNumbers<int32_t>(op, a, b, output, begin, end);
    case CompareType::kInt64:
      return CompareNumbers<int64_t>(op, a, b, output, begin, end);
    case CompareType::kFloat32:
      return CompareNumbers<float>(op, a, b, output, begin, end);
    case CompareType::kBool:
      return CompareAll(op, truth(a), truth(b), output, begin, end);
  }
}

}  // namespace weightfold
