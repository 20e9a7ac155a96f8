// How element-wise ops go through tensors: row by row where one has a border, else in long stretches.
#pragma once
#include <initializer_list>

#include "plan/bind.h"

namespace weightfold {

struct Lines {
  int32_t count;
  size_t bytes, last;  // of each line, and of the last

  size_t BytesOf(int32_t line) const { return line == count - 1 ? last : bytes; }
};

// `images` are the tensors of an op, all of the shape of `t`; they are changed so that Row(i) is line i.
static inline Lines MakeLines(const PlanTensor& t, bool bordered, std::initializer_list<PlanImage*> images) {
  if (bordered) {
    int32_t dims[4];
    FourDimensions(t, dims);
    const size_t row = static_cast<size_t>(dims[2]) * dims[3];
    return {dims[0] * dims[1], row, row};
  }
  constexpr size_t kStretch = 16384;
  const size_t bytes = static_cast<size_t>(t.bytes);
  const int32_t count = static_cast<int32_t>((bytes + kStretch - 1) / kStretch);
  for (PlanImage* image : images) {
    image->row = kStretch;
    image->height = count;
  }
  return {count, kStretch, bytes - static_cast<size_t>(count - 1) * kStretch};
}

}  // namespace weightfold
