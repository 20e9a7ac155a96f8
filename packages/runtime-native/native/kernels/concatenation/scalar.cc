#include <cstring>

#include "kernels/concatenation/concatenation.h"

namespace weightfold {

void Concatenate(const ConcatenationShape& s, const ConcatenationPart* parts, uint8_t* output, int32_t begin,
                 int32_t end) {
  for (int32_t row = begin; row < end; ++row) {
    uint8_t* to = output + static_cast<size_t>(row) * s.row_bytes;
    for (int32_t i = 0; i < s.parts; ++i) {
      const size_t bytes = parts[i].block_bytes;
      std::memmove(to, parts[i].data + static_cast<size_t>(row) * bytes, bytes);
      to += bytes;
    }
  }
}

}  // namespace weightfold
