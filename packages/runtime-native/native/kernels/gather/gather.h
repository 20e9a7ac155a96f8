// Slices of a tensor along an axis by indices that are only known while running, such as rows of an
// embedding.
#pragma once
#include <cstddef>
#include <cstdint>

namespace weightfold {

struct GatherShape {
  int32_t batch, outer;   // each batch has indices of its own
  int32_t size, indices;  // along the axis, of the input and of the output
  size_t slice_bytes;
};

// An index outside of the axis counts as the nearest one inside: nothing outside of the input is read. Rows
// are batch × outer, [begin, end) of them.
void Gather(const GatherShape& shape, const uint8_t* input, const int32_t* indices, uint8_t* output,
            int32_t begin, int32_t end);

}  // namespace weightfold
