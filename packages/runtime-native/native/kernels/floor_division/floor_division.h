// FLOOR_DIV and FLOOR_MOD of integers as they stand, of two tensors of one shape.
#pragma once
#include <cstddef>
#include <cstdint>

namespace weightfold {

enum class FloorOp { kQuotient, kRemainder };
enum class FloorType { kInt8, kInt16, kInt32, kInt64 };

// Elements [begin, end). Quotients are rounded down; remainders have the sign of the divisor. Zero is what
// either gives of a division by zero, which ends the inference in LiteRT. The smallest number by −1 wraps to
// itself.
void FloorDivision(FloorOp op, FloorType type, const void* a, const void* b, void* output, size_t begin,
                   size_t end);

}  // namespace weightfold
