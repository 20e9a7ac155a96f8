// Blocks of several inputs in turn: concatenation along an axis, of any type.
#pragma once
#include <cstddef>
#include <cstdint>

namespace weightfold {

struct ConcatenationPart {
  const uint8_t* data;
  size_t block_bytes;  // what follows the axis, times the input's size along it
};

struct ConcatenationShape {
  int32_t parts;
  size_t row_bytes;  // sum of the blocks
};

// Output row i holds block i of every part; rows [begin, end).
void Concatenate(const ConcatenationShape& shape, const ConcatenationPart* parts, uint8_t* output,
                 int32_t begin, int32_t end);

}  // namespace weightfold
