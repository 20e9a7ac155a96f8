// Data movement whose every index is known beforehand: transpositions, slices, mirrors, space to depth and
// the like. Output element (i0, i1, …) is input element base + table0[i0] + table1[i1] + …
#pragma once
#include <cstddef>
#include <cstdint>

namespace weightfold {

constexpr int32_t kMaxRearrangeAxes = 6;

struct RearrangeShape {
  int32_t axes;  // at least 1
  int32_t size[kMaxRearrangeAxes];
  const int32_t* table[kMaxRearrangeAxes];  // in elements; negative: the fill stands there
  size_t base;                              // in elements
  size_t element_bytes, run_bytes;          // what lies together, behind every index
  int8_t fill;                              // of each byte
};

// Rows are the indices of all axes but the last; [begin, end) of them.
void Rearrange(const RearrangeShape& shape, const uint8_t* input, uint8_t* output, int32_t begin,
               int32_t end);

}  // namespace weightfold
