#include "kernels/arg_extreme/arg_extreme.h"

namespace weightfold {
namespace {

template <typename T>
void Find(const ArgExtremeShape& s, const T* input, int32_t* output, int32_t begin, int32_t end) {
  for (int32_t row = begin; row < end; ++row) {
    for (int32_t i = 0; i < s.inner; ++i) {
      const T* x = input + static_cast<size_t>(row) * s.size * s.inner + i;
      int32_t best = 0;
      for (int32_t at = 1; at < s.size; ++at) {
        const T candidate = x[static_cast<size_t>(at) * s.inner],
                known = x[static_cast<size_t>(best) * s.inner];
        if (s.largest ? candidate > known : candidate < known) best = at;
      }
      output[static_cast<size_t>(row) * s.inner + i] = best;
    }
  }
}

}  // namespace

void ArgExtreme(const ArgExtremeShape& s, const int8_t* input, int32_t* output, int32_t begin, int32_t end) {
  Find(s, input, output, begin, end);
}

void ArgExtreme(const ArgExtremeShape& s, const float* input, int32_t* output, int32_t begin, int32_t end) {
  Find(s, input, output, begin, end);
}

}  // namespace weightfold
