#include <cstring>

#include "kernels/rearrange/rearrange.h"

namespace weightfold {
namespace {

// Indices of the axes but the last, counted up like the digits of a number.
struct Odometer {
  int32_t index[kMaxRearrangeAxes] = {0};

  Odometer(const RearrangeShape& s, int32_t row) {
    for (int32_t axis = s.axes - 2; axis >= 0; --axis) {
      index[axis] = row % s.size[axis];
      row /= s.size[axis];
    }
  }
  void Advance(const RearrangeShape& s) {
    for (int32_t axis = s.axes - 2; axis >= 0; --axis) {
      if (++index[axis] < s.size[axis]) return;
      index[axis] = 0;
    }
  }
};

// The size of a run is a constant where that is worth a loop of its own: a copy is one instruction then.
template <size_t kRunBytes>
void CopyRow(const RearrangeShape& s, const uint8_t* from, uint8_t* to) {
  const size_t run = kRunBytes > 0 ? kRunBytes : s.run_bytes;
  const int32_t* table = s.table[s.axes - 1];
  for (int32_t i = 0; i < s.size[s.axes - 1]; ++i, to += run) {
    if (table[i] < 0) {
      std::memset(to, s.fill, run);
    } else {
      std::memmove(to, from + static_cast<size_t>(table[i]) * s.element_bytes, run);
    }
  }
}

void CopyRow(const RearrangeShape& s, const uint8_t* from, uint8_t* to) {
  switch (s.run_bytes) {
    case 1:
      return CopyRow<1>(s, from, to);
    case 2:
      return CopyRow<2>(s, from, to);
    case 4:
      return CopyRow<4>(s, from, to);
    default:
      return CopyRow<0>(s, from, to);
  }
}

}  // namespace

void Rearrange(const RearrangeShape& s, const uint8_t* input, uint8_t* output, int32_t begin, int32_t end) {
  const size_t row_bytes = static_cast<size_t>(s.size[s.axes - 1]) * s.run_bytes;
  Odometer odometer(s, begin);
  for (int32_t row = begin; row < end; ++row, odometer.Advance(s)) {
    uint8_t* to = output + static_cast<size_t>(row) * row_bytes;
    size_t offset = s.base;
    bool filled = false;
    for (int32_t axis = 0; axis < s.axes - 1; ++axis) {
      const int32_t step = s.table[axis][odometer.index[axis]];
      filled = filled || step < 0;
      offset += static_cast<size_t>(step);
    }
    if (filled) {
      std::memset(to, s.fill, row_bytes);
    } else {
      CopyRow(s, input + offset * s.element_bytes, to);
    }
  }
}

}  // namespace weightfold
