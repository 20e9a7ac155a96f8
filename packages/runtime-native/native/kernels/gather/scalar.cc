#include <cstring>

#include "base/numbers.h"
#include "kernels/gather/gather.h"

namespace weightfold {

void Gather(const GatherShape& s, const uint8_t* input, const int32_t* indices, uint8_t* output,
            int32_t begin, int32_t end) {
  for (int32_t row = begin; row < end; ++row) {
    const int32_t* chosen = indices + static_cast<size_t>(row / s.outer) * s.indices;
    const uint8_t* from = input + static_cast<size_t>(row) * s.size * s.slice_bytes;
    uint8_t* to = output + static_cast<size_t>(row) * s.indices * s.slice_bytes;
    for (int32_t i = 0; i < s.indices; ++i, to += s.slice_bytes) {
      const int32_t index = ClampInt(chosen[i], 0, s.size - 1);
      std::memmove(to, from + static_cast<size_t>(index) * s.slice_bytes, s.slice_bytes);
    }
  }
}

}  // namespace weightfold
