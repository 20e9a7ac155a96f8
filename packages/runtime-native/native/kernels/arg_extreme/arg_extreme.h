// ARG_MAX and ARG_MIN: where along an axis the largest or the smallest element stands, the first of
// several.
#pragma once
#include <cstddef>
#include <cstdint>

namespace weightfold {

struct ArgExtremeShape {
  int32_t size, inner;  // along the axis; elements behind it
  bool largest;
};

// Rows are the indices before the axis; [begin, end) of them, each with `inner` outputs.
void ArgExtreme(const ArgExtremeShape& shape, const int8_t* input, int32_t* output, int32_t begin,
                int32_t end);
void ArgExtreme(const ArgExtremeShape& shape, const float* input, int32_t* output, int32_t begin,
                int32_t end);

}  // namespace weightfold
