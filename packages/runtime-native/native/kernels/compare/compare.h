// EQUAL, NOT_EQUAL, GREATER, GREATER_EQUAL, LESS, LESS_EQUAL of two tensors of one shape; LOGICAL_AND,
// LOGICAL_OR and not both of two of bool.
#pragma once
#include <cstddef>
#include <cstdint>

namespace weightfold {

enum class CompareOp { kEqual, kNotEqual, kGreater, kGreaterEqual, kLess, kLessEqual, kAnd, kOr, kNotBoth };

// The last is bool: a byte, and true if it is not 0.
enum class CompareType { kCodes, kInt32, kInt64, kFloat32, kBool };

// What every stored int8 code stands for, on a scale that both inputs share: TFLite compares them like this.
// Entry 0 is that of code −128.
struct CompareTable {
  int32_t value[2][256];
};

// (code − zero point) × 2^8 × multiplier: TFLite's ComparisonWithScaling.
void MakeCompareTable(const int32_t zero_point[2], const int32_t multiplier[2], const int32_t shift[2],
                      CompareTable* table);

// Elements [begin, end); the output's bytes are 0 or 1. The table is read for codes alone.
void Compare(CompareOp op, CompareType type, const CompareTable& table, const void* a, const void* b,
             uint8_t* output, size_t begin, size_t end);

}  // namespace weightfold
