#include "kernels/arithmetic16/arithmetic16.h"

namespace weightfold {
namespace {

template <typename One>
inline void ForEach(const Broadcast16& s, const int16_t* a, const int16_t* b, int16_t* output, One one) {
  const int32_t *sa = s.stride[0], *sb = s.stride[1];
  for (int32_t i = 0; i < s.out[0]; ++i) {
    for (int32_t j = 0; j < s.out[1]; ++j) {
      for (int32_t k = 0; k < s.out[2]; ++k) {
        const int16_t* x = a + static_cast<size_t>(i) * sa[0] + static_cast<size_t>(j) * sa[1] +
                           static_cast<size_t>(k) * sa[2];
        const int16_t* y = b + static_cast<size_t>(i) * sb[0] + static_cast<size_t>(j) * sb[1] +
                           static_cast<size_t>(k) * sb[2];
        for (int32_t l = 0; l < s.out[3]; ++l, x += sa[3], y += sb[3]) *output++ = one(*x, *y);
      }
    }
  }
}

}  // namespace

void Add16(const Add16Parameters& p, const Broadcast16& shape, const int16_t* a, const int16_t* b,
           int16_t* output) {
  ForEach(shape, a, b, output, [&p](int16_t x, int16_t y) {
    const int32_t sum =
        WrappingAdd(Scale(x * (1 << p.left_shift), p.input[0]), Scale(y * (1 << p.left_shift), p.input[1]));
    return static_cast<int16_t>(ClampInt(Scale(sum, p.output), p.min, p.max));
  });
}

void Mul16(const Mul16Parameters& p, const Broadcast16& shape, const int16_t* a, const int16_t* b,
           int16_t* output) {
  ForEach(shape, a, b, output, [&p](int16_t x, int16_t y) {
    return static_cast<int16_t>(ClampInt(Scale(x * y, p.output), p.min, p.max));
  });
}

}  // namespace weightfold
