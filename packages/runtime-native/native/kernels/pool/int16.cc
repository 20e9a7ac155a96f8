#include "kernels/pool/int16.h"

#include "kernels/pool/window.h"

namespace weightfold {
namespace {

// Writes one(window, channel in the image) for every output of some rows.
template <typename One>
inline void ForEachWindow(const PoolShape& s, const int16_t* input, int16_t* output, int32_t begin,
                          int32_t end, One one) {
  const size_t image = static_cast<size_t>(s.in_h) * s.in_w * s.channels;
  int16_t* to = output + static_cast<size_t>(begin) * s.out_w * s.channels;
  for (int32_t row = begin; row < end; ++row) {
    const int16_t* from = input + row / s.out_h * image;
    for (int32_t ox = 0; ox < s.out_w; ++ox) {
      const Window w = ClipWindow(s, row % s.out_h, ox);
      for (int32_t c = 0; c < s.channels; ++c) *to++ = one(w, from + c);
    }
  }
}

template <typename Visit>
inline void ForEachCode(const PoolShape& s, const Window& w, const int16_t* channel, Visit visit) {
  for (int32_t y = w.y0; y < w.y1; ++y) {
    const int16_t* code = channel + (static_cast<size_t>(y) * s.in_w + w.x0) * s.channels;
    for (int32_t x = w.x0; x < w.x1; ++x, code += s.channels) visit(*code);
  }
}

}  // namespace

void AveragePool16(const PoolShape& s, const int16_t* input, int16_t* output, int32_t begin, int32_t end) {
  ForEachWindow(s, input, output, begin, end, [&s](const Window& w, const int16_t* channel) {
    int32_t sum = 0;
    ForEachCode(s, w, channel, [&sum](int16_t code) { sum += code; });
    // A window outside the image has no average; zero keeps it defined.
    const int32_t count = w.count(), half = sum > 0 ? count / 2 : -(count / 2);
    return static_cast<int16_t>(ClampInt(count > 0 ? (sum + half) / count : 0, s.min, s.max));
  });
}

void MaxPool16(const PoolShape& s, const int16_t* input, int16_t* output, int32_t begin, int32_t end) {
  ForEachWindow(s, input, output, begin, end, [&s](const Window& w, const int16_t* channel) {
    int32_t best = INT16_MIN;
    ForEachCode(s, w, channel, [&best](int16_t code) { best = MaxInt(best, code); });
    return static_cast<int16_t>(ClampInt(best, s.min, s.max));
  });
}

}  // namespace weightfold
